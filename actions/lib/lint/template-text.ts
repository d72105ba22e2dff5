/** Files with the name of a Dockerfile out of which a Dockerfile is made first. */
import { posix } from 'node:path';
import { splitInstructions } from '../dockerfile/split-instructions.ts';

/** What template languages begin with: Jinja, Go, ERB and EJS, `%%NAME%%`. */
const BEGINS = /^["']?(?:\{\{|\{%|\{#|<%|%%\w+%%)/;
/** In a `FROM`, where none of this can stand for itself; `@NAME@` of autoconf and CMake besides. */
const IN_FROM = /\{\{|\{%|<%|%%\w+%%|@\w+@/;
const PERHAPS = new RegExp(`\\{#|${IN_FROM.source}`);

/** Whether a text is a template: an instruction, what one is given, or the image of a `FROM` is filled in before it is built. */
export function isTemplate(text: string): boolean {
  return (
    PERHAPS.test(text) &&
    splitInstructions(text, '').instructions.some(({ keyword, rest }) =>
      keyword === 'FROM' ? IN_FROM.test(rest) : BEGINS.test(keyword) || BEGINS.test(rest),
    )
  );
}

const INSTRUCTION =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/;

/**
 * Whether a file that is not called `Dockerfile` is none: a part such as `Dockerfile.common` that others include, without a
 * `FROM`, or a text in another language, which does not begin with an instruction and hardly has any.
 */
export function isSomethingElse(path: string, text: string): boolean {
  if (/^(?:docker|container)file$/i.test(posix.basename(path))) return false;
  const keywords = splitInstructions(text, '').instructions.map(({ keyword }) => keyword);
  if (!keywords.includes('FROM')) return true;
  const known = keywords.filter((keyword) => INSTRUCTION.test(keyword));
  return !INSTRUCTION.test(keywords[0] ?? '') && known.length * 2 < keywords.length;
}

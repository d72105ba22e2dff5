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

/** Whether a file such as `Dockerfile.common` is a part that others include: it has no `FROM`. */
export function isPart(path: string, text: string): boolean {
  if (/^(?:docker|container)file$/i.test(posix.basename(path))) return false;
  return !splitInstructions(text, '').instructions.some(({ keyword }) => keyword === 'FROM');
}

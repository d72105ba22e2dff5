/** What a command becomes where the base image, and nothing in the project, says what is put in front of it. */
import { factsOf, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** Images without an entry point, or with one that starts the command as it is. */
const PASSES_ON = new RegExp(
  `^(?:docker\\.io/library/(?:${[
    ...['alpine', 'debian', 'ubuntu', 'fedora', 'amazonlinux', 'rockylinux', 'almalinux', 'centos'],
    ...['buildpack-deps', 'python', 'golang', 'rust', 'ruby', 'gcc', 'perl', 'openjdk', 'eclipse-temurin'],
  ].join(
    '|',
  )})|(?:docker\\.io|nvcr\\.io)/nvidia/cuda|nvcr\\.io/nvidia/(?:pytorch|tensorflow)|docker\\.io/pytorch/pytorch)$`,
);

/** `null` where the base may give the command to a program of its own, to which a file in it is an argument. */
export function behindBase(words: readonly string[], stage: LintedStage): readonly string[] | null {
  if (lineageOf(stage)[0]?.base.kind === 'scratch') return words;
  const repository = factsOf(stage)?.repository ?? '';
  if (repository === 'docker.io/library/node') return isForNode(words) ? ['node', ...words] : words;
  return PASSES_ON.test(repository) ? words : null;
}

/** The entry point of Node's own image puts `node` before what is no program. */
function isForNode([first = '']: readonly string[]): boolean {
  if (/\s/.test(first)) return false;
  return (
    first.startsWith('-') || /\.[cm]?[jt]s$/.test(first) || (first.includes('/') && !/\.\w+$/.test(first))
  );
}

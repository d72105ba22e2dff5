/** Turns the tags of a target into templates of the matrix, where it is certain what they mean. */
import { isOfKind, TAG_TEMPLATE } from '../matrix/value-kinds.ts';
import type { BakeTarget } from './bake-file.ts';
import type { Influence } from './bake-variables.ts';
import { repositoryOfTag } from './name-images.ts';

/** `null`: nothing certain is known, and the matrix's default fits best. */
export interface ImportedTags {
  readonly templates: readonly string[] | null;
  readonly notes: readonly string[];
}

const BRANCH = /^(?:GITHUB_REF_NAME|CI_COMMIT_REF_NAME|(?:GIT_)?BRANCH(?:_NAME)?)$/;
/** Differs with every run: Darkroom's own names for that are keys. */
const RUN = /SHA|COMMIT|REVISION|RUN_(?:ID|NUMBER)|BUILD_(?:ID|NUMBER)|DATE|TIME/;

/**
 * Reads the tags of one target.
 * @param influences what hangs on variables, by value
 */
export function importTags(
  { tags }: BakeTarget,
  influences: ReadonlyMap<string, readonly Influence[]>,
  now: Date,
): ImportedTags {
  const templates = new Set<string>();
  const lost = new Map<string, string[]>();
  const clocks = clockTexts(now);
  const lose = (reason: string, tag: string): void => {
    lost.set(reason, [...(lost.get(reason) ?? []), tag]);
  };
  for (const [index, tag] of tags.entries()) {
    const written = repositoryOfTag(tag);
    if (written === null) {
      lose('no image reference', tag);
      continue;
    }
    const variables = (influences.get(`tags.${index}`) ?? []).filter(
      ({ otherwise }) => repositoryOfTag(otherwise)?.tag !== written.tag,
    );
    const template = templateOf(written.tag, variables, clocks);
    if (typeof template === 'string') templates.add(template);
    else lose(template.lost, tag);
  }
  return {
    templates: templates.size === 0 ? null : [...templates],
    notes: [...lost].map(([reason, tags]) => `${tags.join(', ')}: ${reason}`),
  };
}

function templateOf(
  tag: string,
  variables: readonly Influence[],
  clocks: readonly string[],
): string | { readonly lost: string } {
  if (clocks.some((text) => tag.includes(text)))
    return { lost: 'made from the time; a key names a build better' };
  const [first] = variables;
  const template = first !== undefined && BRANCH.test(first.variable) ? withBranch(tag, first) : tag;
  if (variables.length === 0 || template !== tag) {
    return isOfKind(TAG_TEMPLATE, template)
      ? template
      : { lost: 'Darkroom has tags of this form for itself' };
  }
  const names = variables.map(({ variable }) => variable);
  if (names.some((name) => RUN.test(name))) {
    return { lost: `made from ${names.join(', ')}, which differ with every run; a key names a build better` };
  }
  return {
    lost: `made from ${names.join(', ')}; write "{branch}", "{semver}", "{major}" or "{minor}" for what it stands for`,
  };
}

/** Replaces what the variable brought by the placeholder, the text before and after it stays. */
function withBranch(tag: string, { otherwise }: Influence): string {
  const other = repositoryOfTag(otherwise)?.tag ?? '';
  const before = commonStart(tag, other);
  const after = commonStart(
    [...tag.slice(before)].reverse().join(''),
    [...other.slice(before)].reverse().join(''),
  );
  return `${tag.slice(0, before)}{branch}${tag.slice(tag.length - after)}`;
}

function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

/** How today is commonly written. */
export function clockTexts(now: Date): readonly string[] {
  const day = now.toISOString().slice(0, 10);
  return [day, day.replaceAll('-', '')];
}

/** Which variables of the environment the files in an image read. */
import { copiedFiles } from '../copied-files.ts';
import type { LintedDockerfile, LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { placedInstructions } from '../stage-places.ts';

/** What is known of them. */
export interface ReadVariables {
  /** Read by name: `os.environ["NAME"]`, `process.env.NAME`, `${NAME}`. */
  readonly names: ReadonlySet<string>;
  /** Whether a name stands anywhere in the files, in lower or upper case, alone or as a part of another. */
  mentions(name: string): boolean;
  /** Whether it stands there as a word of its own. */
  holdsWord(name: string): boolean;
}

/** Files of the project that are programs or set one up. */
const PROGRAM =
  /\.(?:py|[cm]?[jt]sx?|sh|bash|rb|go|rs|java|kt|php|pl|r|jl|toml|ya?ml|json|ini|cfg|conf|env|tmpl|template|j2)$|(?:^|\/)[^.]+$/i;

/** More than that is not read. */
const MOST_FILES = 400;
const MOST_CHARACTERS = 4 * 1024 * 1024;

const known = new WeakMap<LintedStage, ReadVariables | null>();

/** `null` where some files in the image are not seen, or there are too many. */
export function readVariables(
  stage: LintedStage,
  file: LintedDockerfile,
  project: LintedProject,
): ReadVariables | null {
  const before = known.get(stage);
  if (before !== undefined) return before;
  const found = read(stage, file, project);
  known.set(stage, found);
  return found;
}

function read(stage: LintedStage, file: LintedDockerfile, project: LintedProject): ReadVariables | null {
  const { byPath, isComplete } = copiedFiles(stage, file, project);
  const paths = [...new Set([...byPath.values()].map((copied) => copied.file))].filter((one) =>
    PROGRAM.test(one),
  );
  if (!isComplete || paths.length === 0 || paths.length > MOST_FILES) return null;
  const texts: string[] = placedInstructions(stage).map(({ instruction }) => instruction.body.text);
  for (const path of paths) {
    const text = project.read(path);
    // What cannot be read may read anything.
    if (text === null) return null;
    texts.push(text);
  }
  const all = texts.join('\n');
  if (all.length > MOST_CHARACTERS) return null;
  const lower = all.toLowerCase();
  const words = new Set(lower.match(/\w+/g));
  return {
    names: new Set(namesIn(all)),
    mentions: (name) => lower.includes(name.toLowerCase()),
    holdsWord: (name) => words.has(name.toLowerCase()),
  };
}

const READS =
  /\b(?:environ(?:\.get|\.pop|\.setdefault)?\s*[[(]|getenv\s*\(|env\.get\s*\(|Getenv\s*\(|LookupEnv\s*\(|process\.env\s*\[)\s*["']([A-Z][A-Z0-9_]{2,})["']|\bprocess\.env\.([A-Z][A-Z0-9_]{2,})\b/g;

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(READS)].flatMap(([, first, second]) => first ?? second ?? []);
}

import { distance } from 'fastest-levenshtein';
import type { LintedDockerfile } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { GivenVariable } from '../orchestration/image-use.ts';
import { type ReadVariables, readVariables } from '../orchestration/read-variables.ts';
import { type TiedUse, usesOf } from '../orchestration/tied-uses.ts';
import { usedCommand } from '../orchestration/used-command.ts';
import type { Draft, Rule } from '../rule.ts';
import { scriptOf } from '../started-program.ts';

/** A variable that a container is given and that nothing in its image reads. */
export const environmentUnread: Rule = {
  id: 'environment-unread',
  severity: 'info',
  title: 'A variable is given that nothing in the image reads',
  covers: [],
  *check(file, project) {
    for (const tied of usesOf(file, project)) yield* draftsFor(tied, file, project);
  },
};

function* draftsFor(tied: TiedUse, file: LintedDockerfile, project: LintedProject): Iterable<Draft> {
  const { use, stage } = tied;
  if (use.environment.length === 0 || !startsOwnScript(tied)) return;
  const read = readVariables(stage, file, project);
  if (read === null) return;
  const given = new Set(use.environment.map(({ name }) => name));
  for (const variable of use.environment) {
    const found = faultOf(variable, read, given);
    if (found === null) continue;
    const { start, end } = variable;
    yield { file: use.file, start, end, ...found };
  }
}

/** Another program than one of the project's own reads what it likes. */
function startsOwnScript(tied: TiedUse): boolean {
  const [program = '', ...args] = usedCommand(tied)?.words ?? [];
  return scriptOf(program, args) !== null;
}

function faultOf(
  { name, isOfRun }: GivenVariable,
  read: ReadVariables,
  given: ReadonlySet<string>,
): Pick<Draft, 'message' | 'severity'> | null {
  if (read.holdsWord(name)) return null;
  const near = [...read.names].find((other) => !given.has(other) && isAlike(name, other));
  if (near !== undefined) {
    const message = `nothing in the image reads "${name}", but "${near}" is read and not given; is that the one?`;
    return { severity: 'warning', message };
  }
  if (!isOfRun || read.mentions(name) || ELSEWHERE.test(name)) return null;
  return {
    message: `"${name}" is computed for every run, and nothing that is copied into the image reads it: it changes nothing`,
  };
}

/** Libraries and services read these. */
const ELSEWHERE =
  /^(?:AWS|NVIDIA|CUDA|HF|HUGGING_?FACE|TORCH|PYTORCH|NCCL|OMP|MKL|TF|WANDB|MLFLOW|PYTHON|NODE|LD|OTEL|DD)_/;

function isAlike(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < 6) return false;
  const bare = (name: string) => name.replaceAll('_', '');
  return (
    bare(one) === bare(other) ||
    (distance(one, other) <= (one.length > 8 ? 2 : 1) && !differsInNumber(one, other))
  );
}

/** `KEY_1` and `KEY_2` are two. */
function differsInNumber(one: string, other: string): boolean {
  return one.replace(/\d+/g, '#') === other.replace(/\d+/g, '#');
}

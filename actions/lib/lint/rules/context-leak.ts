import { posix } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { cleanSource } from '../copied-files.ts';
import { invocationOf } from '../invocation.ts';
import { leavesOut } from '../leaves-out.ts';
import type { LintedDockerfile, LintedStage } from '../linted-dockerfile.ts';
import type { LintedContext, LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import { shippedStages } from '../shipped-stages.ts';
import { copyOf, type PlacedCopy, placedInstructions } from '../stage-places.ts';

/** `COPY .` takes everything along that no ignore file leaves out. */
export const contextLeak: Rule = {
  id: 'context-leak',
  severity: 'warning',
  title: 'Files that do not belong into an image are copied with the rest',
  covers: [],
  *check(file, project) {
    const context = project.contextOf(file);
    if (context === null) return;
    const [first] = wholeCopies(file);
    if (first === undefined) return;
    const { start, end } = first.instruction;
    const kept = new Set(shippedStages(file));
    const shipped = wholeCopies(file).find(({ stage }) => kept.has(stage));
    if (shipped !== undefined) {
      const place = { start: shipped.instruction.start, end: shipped.instruction.end };
      for (const said of secrets(context, project)) yield { ...place, ...said };
    }
    const git = history(context, file, project, shipped !== undefined);
    if (git !== null) yield { start, end, ...git };
    for (const said of [heavy(context), leftovers(context)]) if (said !== null) yield { start, end, ...said };
  },
};

type Said = Pick<Draft, 'severity' | 'message'>;

function wholeCopies({ stages }: LintedDockerfile): readonly PlacedCopy[] {
  return stages
    .flatMap((stage) => placedInstructions(stage).filter((placed) => placed.stage === stage))
    .flatMap((placed) => copyOf(placed) ?? [])
    .filter(
      ({ from, sources }) => from === '' && sources.some((one) => one !== null && cleanSource(one) === '.'),
    );
}

const KEY = /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|p8))$/;
const LOGIN =
  /(?:^|\/)(?:\.netrc|\.git-credentials|\.pypirc|kaggle\.json|\.aws\/credentials|\.docker\/config\.json)$/;
const ENV = /(?:^|\/)\.env(?:\.[\w-]+)*$/;
const HARMLESS =
  /example|sample|template|dist$|defaults?$|(?:^|\/)(?:tests?|fixtures?|docs?|examples?|testdata)\//i;
const ASSIGNED =
  /^\s*(?:export\s+)?(\w*(?:SECRET|TOKEN|PASSWORD|API_?KEY|ACCESS_KEY|CREDENTIALS?)\w*)[ \t]*=[ \t]*["']?([^\s"'#]{6,})/gim;
const PLACEHOLDER =
  /^(?:your|change|replace|xx|<|\$|example|placeholder|dummy|test|password|secret|postgres|admin|root|\.\.\.)/i;

function* secrets({ folder, files, ignoreFile }: LintedContext, project: LintedProject): Iterable<Said> {
  for (const file of files.keys()) {
    if (HARMLESS.test(file) || !(KEY.test(file) || LOGIN.test(file) || ENV.test(file))) continue;
    const text = project.read(posix.join(folder, file));
    const what = text === null ? null : secretIn(file, text);
    if (what === null) continue;
    const message = `"${file}" goes into the image, and with it ${what}: whoever pulls the image can read it; ${advice(file, ignoreFile)}`;
    yield { severity: 'error', message };
  }
}

function secretIn(file: string, text: string): string | null {
  if (LOGIN.test(file)) return text.trim() === '' ? null : 'a login';
  if (KEY.test(file)) return text.includes('PRIVATE KEY-----') ? 'a private key' : null;
  const [, name] = [...text.matchAll(ASSIGNED)].find(([, , value = '']) => !PLACEHOLDER.test(value)) ?? [];
  return name === undefined ? null : `the value of "${name}"`;
}

/** `.git` at the root of a project that git knows. */
function history(
  { folder, ignoreFile, isFromGit }: LintedContext,
  file: LintedDockerfile,
  project: LintedProject,
  isShipped: boolean,
): Said | null {
  if (folder !== '.' || isFromGit || project.executables === null) return null;
  const text = ignoreFile === null ? '' : project.read(ignoreFile);
  if (text === null || leavesOut('.git/config', text)) return null;
  const usesGit = file.stages.some(({ instructions }) =>
    instructions.some(
      ({ command, shell }) =>
        /(?:^|[\s"=/])\.git(?=[\s",/]|$)/.test(command.instruction.text) ||
        shell?.commands.some(({ name }) => name === 'git') === true,
    ),
  );
  const setup = ['pyproject.toml', 'setup.py', 'setup.cfg']
    .map((name) => project.read(name) ?? '')
    .join('\n');
  if (!isShipped && file.stages.some(stampsVersion)) return null;
  if (usesGit || /setuptools[_-]scm|hatch-vcs|versioneer|dunamai|versioningit|gitversion/i.test(setup))
    return null;
  const again = '".git" is copied along: every commit makes this step and all after it run again';
  const what = isShipped ? `${again}, and the whole history is in the image` : again;
  return {
    ...(isShipped ? {} : { severity: 'info' }),
    message: `${what}; ${advice('.git', ignoreFile)}`,
  };
}

/** Programs that ask git for a version, or run what does. */
const BUILDERS =
  /^(?:make|cmake|ninja|bazel(?:isk)?|go|cargo|mvnw?|gradlew?|sbt|mix|rebar3|dotnet|npm|yarn|pnpm|bun|goreleaser|xx-(?:go|cargo))$/;

function stampsVersion({ instructions }: LintedStage): boolean {
  return instructions.some(({ shell }) =>
    shell?.commands.some((command) => BUILDERS.test(invocationOf(command)?.program ?? command.name ?? '')),
  );
}

const WEIGHTS =
  /\.(?:pth?|ckpt|safetensors|onnx|gguf|ggml|npz|pkl|h5|hdf5|tflite|engine|parquet|mp4|mov|mkv|zip|tar|gz)$/i;
const [HEAVY, HEAVY_WEIGHTS] = [50_000_000, 10_000_000];

function heavy({ files, ignoreFile }: LintedContext): Said | null {
  const found = [...files]
    .filter(([name, size]) => size >= (WEIGHTS.test(name) ? HEAVY_WEIGHTS : HEAVY))
    .sort(([, a], [, b]) => b - a);
  const [biggest] = found;
  if (biggest === undefined) return null;
  const total = found.reduce((sum, [, size]) => sum + size, 0);
  const others = found.length > 1 ? ` and ${found.length - 1} other large files` : '';
  const message = `"${biggest[0]}"${others} are copied along, ${prettyBytes(total)} in every build and in the image; mount or download them, or copy them on their own, and ${advice(biggest[0], ignoreFile)}`;
  return {
    message:
      found.length > 1
        ? message
        : message
            .replace(' are copied', ' is copied')
            .replace('them, or copy them on their', 'it, or copy it on its'),
  };
}

const LEFTOVERS =
  /(?:^|\/)(node_modules|\.venv|venv|__pycache__|\.mypy_cache|\.pytest_cache|\.ruff_cache|\.tox|\.terraform|wandb|mlruns|\.ipynb_checkpoints)\//;

/** What tools leave behind in the folder of whoever builds. */
function leftovers({ untracked, ignoreFile }: LintedContext): Said | null {
  const names = new Set<string>();
  for (const file of untracked) {
    const name = LEFTOVERS.exec(file)?.[1];
    if (name !== undefined) names.add(name);
  }
  const [name] = names;
  if (name === undefined) return null;
  const list = [...names].map((one) => `"${one}"`).join(', ');
  return {
    message: `${list} of this machine is copied along, over what the image may have of it; ${advice(`**/${name}`, ignoreFile)}`,
  };
}

function advice(pattern: string, ignoreFile: string | null): string {
  return ignoreFile === null
    ? `write "${pattern}" into a ".dockerignore", there is none`
    : `add "${pattern}" to "${ignoreFile}"`;
}

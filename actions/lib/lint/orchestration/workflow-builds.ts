/** Images that GitHub workflows build. https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
import type { MappedText } from '../mapped-text.ts';
import type { ShellScript } from '../shell-script.ts';
import { BUILD_COMMAND, scriptBuilds } from './build-commands.ts';
import {
  at,
  type ConfigValue,
  entriesOf,
  isKnown,
  itemsOf,
  type PlacedText,
  SOME_COMMIT,
  textOf,
  UNKNOWN,
} from './config-value.ts';
import type { ImageBuild } from './image-build.ts';
import { mappedScalar } from './mapped-scalar.ts';
import { type PathIndex, pathBelow } from './project-paths.ts';

/** What is read with. */
export interface WorkflowTools {
  readonly paths: PathIndex;
  parseScript(text: MappedText): ShellScript;
}

/** The file with its text. */
interface Source {
  readonly file: string;
  readonly text: string;
}

interface Step {
  readonly value: ConfigValue;
  /** Where it runs; `null` where that is not known. */
  readonly folder: string | null;
  readonly variables: Readonly<Record<string, string>>;
  /** Files are the repository's, as far as steps before it say. */
  readonly isUndisturbed: boolean;
}

/** Tells a workflow by its path. */
export function isWorkflow(file: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file);
}

/** The builds in a workflow. */
export function workflowBuilds(
  root: ConfigValue,
  source: Source,
  tools: WorkflowTools,
): readonly ImageBuild[] {
  return entriesOf(at(root, 'jobs')).flatMap(({ value: job }) =>
    stepsOf(root, job).flatMap((step) => [
      ...actionBuilds(step, source),
      ...commandBuilds(step, source, tools),
    ]),
  );
}

function stepsOf(root: ConfigValue, job: ConfigValue): readonly Step[] {
  const values = itemsOf(at(job, 'steps'));
  const folder =
    textOf(at(job, 'defaults', 'run', 'working-directory')) ??
    textOf(at(root, 'defaults', 'run', 'working-directory'));
  const outer = { ...variablesOf(at(root, 'env')), ...variablesOf(at(job, 'env')) };
  let isUndisturbed = false;
  return values.map((value) => {
    const own = textOf(at(value, 'working-directory')) ?? folder;
    const step = {
      ...{ value, variables: { ...outer, ...variablesOf(at(value, 'env')) }, isUndisturbed },
      folder: own === null ? '.' : pathBelow('.', filled(own.text, outer)),
    };
    isUndisturbed = isCheckout(value) || (isUndisturbed && isHarmless(value));
    return step;
  });
}

/** Of this repository, where steps look for it. */
function isCheckout(step: ConfigValue): boolean {
  const given = entriesOf(at(step, 'with')).map(({ key }) => key);
  return (
    /^actions\/checkout@/.test(textOf(at(step, 'uses'))?.text ?? '') &&
    !given.some((key) => ['repository', 'path', 'ref', 'sparse-checkout'].includes(key))
  );
}

const HARMLESS =
  /^(?:docker\/(?:setup-buildx|setup-qemu|login|metadata|build-push)-action|actions\/setup-(?:python|node|go|java)|aws-actions\/[\w-]+|google-github-actions\/(?:auth|setup-gcloud)|azure\/login|jlumbroso\/free-disk-space|easimon\/maximize-build-space|sigstore\/cosign-installer)@/;

/** Puts no file of its own beside the repository's. */
function isHarmless(step: ConfigValue): boolean {
  const run = textOf(at(step, 'run'))?.text;
  if (run === undefined) return HARMLESS.test(textOf(at(step, 'uses'))?.text ?? '');
  return run
    .split('\n')
    .every((line) =>
      /^\s*(?:$|#|echo\b(?!.*>\s*[^&$"\s])|docker (?:login|info|version|system|image|build)|df\b|sudo rm\b|if\b|fi\b|else\b|exit\b)/.test(
        line,
      ),
    );
}

/** `docker/build-push-action`: https://github.com/docker/build-push-action#inputs */
function actionBuilds(step: Step, { file, text: source }: Source): readonly ImageBuild[] {
  const uses = textOf(at(step.value, 'uses'));
  if (uses === null || !/^docker\/build-push-action@/.test(uses.text)) return [];
  const given = at(step.value, 'with');
  const input = (name: string): PlacedText | null => {
    const found = textOf(at(given, name));
    return found === null ? null : { ...found, text: filled(found.text, step.variables) };
  };
  const [context, dockerfile] = [input('context'), input('file')];
  const folder = contextOf(context?.text ?? '.');
  const path =
    dockerfile === null || dockerfile.text === ''
      ? folder === null
        ? null
        : pathBelow(folder, 'Dockerfile')
      : pathBelow('.', dockerfile.text);
  const target = input('target');
  return [
    {
      ...{ file, start: uses.start, end: uses.end, label: 'docker/build-push-action', dockerfile: path },
      names: lines(input('tags'), source).map(({ text }) => text),
      ...{ context: folder, contextPlace: context ?? uses, dockerfilePlace: dockerfile ?? context ?? uses },
      target: target === null || target.text === '' ? null : target,
      args: lines(input('build-args'), source).flatMap(({ text, start, end }) => {
        const name = /^\s*([A-Za-z_]\w*)=/.exec(text)?.[1];
        return name === undefined ? [] : [{ text: name, start, end }];
      }),
      isUndisturbed: step.isUndisturbed,
    },
  ];
}

/** `{{defaultContext}}:folder` is a folder of the repository. */
function contextOf(written: string): string | null {
  const named = /^\{\{\s*defaultContext\s*\}\}(?::(.*))?$/.exec(written);
  return pathBelow('.', named === null ? written || '.' : (named[1] ?? '.'));
}

function commandBuilds(
  step: Step,
  { file, text }: Source,
  { paths, parseScript }: WorkflowTools,
): readonly ImageBuild[] {
  const run = textOf(at(step.value, 'run'));
  if (run === null || !BUILD_COMMAND.test(run.text)) return [];
  const script = parseScript(mappedScalar(run, text));
  const folders = step.folder === null ? [] : [step.folder];
  const { variables, isUndisturbed } = step;
  return scriptBuilds(
    {
      file,
      script,
      folders,
      variables,
      isUndisturbed: isUndisturbed && isHarmless(step.value),
      isInside: ({ within }) => within.length > 0,
    },
    paths,
  );
}

/** Lines of a block, each with its place. */
function lines(value: PlacedText | null, source: string): readonly PlacedText[] {
  let from = value?.start ?? 0;
  return (value?.text ?? '').split(/[\n,]/).flatMap((line) => {
    const text = line.trim();
    if (value === null || text === '') return [];
    const begin = text.split(UNKNOWN)[0]?.split(SOME_COMMIT)[0] ?? '';
    const found = source.indexOf(begin, from);
    const start = found === -1 || found >= value.end ? from : found;
    from = start + begin.length;
    return [{ text, start, end: Math.min(value.end, start + Math.max(begin.length, 1)) }];
  });
}

function variablesOf(value: ConfigValue | undefined): Readonly<Record<string, string>> {
  const found: Record<string, string> = Object.create(null);
  for (const { key, value: one } of entriesOf(value)) {
    const text = textOf(one);
    if (text !== null) found[key] = isKnown(text) ? filled(text.text, {}) : UNKNOWN;
  }
  return found;
}

/** A text with its expressions filled in: variables of the workflow are known, everything else is not. */
function filled(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/gs, (_, inner: string) => {
    if (inner === 'github.workspace') return '.';
    if (inner === 'github.sha') return SOME_COMMIT;
    const name = /^env\.(\w+)$/.exec(inner)?.[1];
    return (name === undefined ? undefined : variables[name]) ?? UNKNOWN;
  });
}

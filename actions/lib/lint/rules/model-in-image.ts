import { type Download, downloadsOf } from '../downloads.ts';
import type { Severity, Span } from '../finding.ts';
import { hubDownloadsOf } from '../hub-downloads.ts';
import { type LicensedModel, modelOfFile, modelOfRepository } from '../licensed-models.ts';
import type { LintedDockerfile, LintedInstruction } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';

const CACHE = /^--mount=.*type=(?:cache|tmpfs).*(?:huggingface|\/torch|\/\.cache(?:,|$))/;
const WEIGHTS = /\.(?:pth|pt|ckpt|safetensors|onnx|gguf|ggml|tflite|caffemodel|h5|engine|pkl|npz)$/i;
/** Smaller files do not matter, whatever they hold. */
const SMALL = 10_000_000;

/** Weights in a layer: gigabytes that each pull and each push carries, under a licence that may forbid it. */
export const modelInImage: Rule = {
  id: 'model-in-image',
  severity: 'info',
  title: 'Weights of a model become part of the image',
  covers: [],
  *check(file, project) {
    for (const stage of file.stages) {
      for (const instruction of stage.instructions) {
        yield* copied(instruction, file, project);
        yield* fromHub(instruction, file.source.text);
      }
      for (const download of downloadsOf(stage)) yield* downloaded(download);
    }
  },
};

function* fromHub(instruction: LintedInstruction, source: string): Iterable<Draft> {
  if (instruction.flags.some((flag) => CACHE.test(flag))) return;
  for (const { by, repository, start, end } of hubDownloadsOf(instruction, source)) {
    if (by !== 'address') yield draft({ start, end }, repository, modelOfRepository(repository));
  }
}

function* downloaded(download: Download): Iterable<Draft> {
  const { url, file, command } = download;
  const model = modelOfUrl(url) ?? (file === null ? null : modelOfFile(file));
  const isWeights = WEIGHTS.test(url.replace(/[?#].*$/, '')) || (file !== null && WEIGHTS.test(file));
  if ((model === null && !isWeights) || isRemoved(download)) return;
  yield draft(command, file ?? url.replaceAll('\0', '…'), model);
}

/** In the same `RUN`, so that the layer does not hold it. */
function isRemoved({ command, file, instruction }: Download): boolean {
  return (instruction.shell?.commands ?? []).some(
    ({ name, start, words }) =>
      name === 'rm' && start > command.start && file !== null && words.some(({ raw }) => raw.includes(file)),
  );
}

function modelOfUrl(url: string): LicensedModel | null {
  const [, repository = ''] = /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+)\//.exec(url) ?? [];
  return modelOfRepository(repository) ?? modelOfFile(url);
}

function* copied(
  instruction: LintedInstruction,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const { command, start, end } = instruction;
  if (command.kind !== 'copy' || command.from !== '') return;
  for (const source of command.sources) {
    const path = source.replace(/[?#].*$/, '');
    const model = modelOfFile(path);
    const size = project.contextOf(file)?.files.get(path.replace(/^(?:\.?\/)+/, ''));
    if (model === null && size !== undefined && size < SMALL) continue;
    if (model !== null || WEIGHTS.test(path)) yield draft({ start, end }, source, model);
    else yield* restrictedIn({ start, end }, source, file, project);
  }
}

/** A folder is looked into for what must not be handed on. */
function* restrictedIn(
  span: Span,
  source: string,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  if (/[$*?[]|:\/\//.test(source)) return;
  const folder = source.replace(/^(?:\.?\/)+|^\.$/, '').replace(/\/+$/, '');
  for (const name of project.contextOf(file)?.files.keys() ?? []) {
    const model = folder === '' || name.startsWith(`${folder}/`) ? modelOfFile(name) : null;
    if (model?.terms !== 'no-distribution') continue;
    yield draft(span, name, model);
    return;
  }
}

function draft({ start, end }: Span, what: string, model: LicensedModel | null): Draft {
  const mount = 'mount it when the container runs, or fetch it into a volume at the first start';
  const [severity, message]: [Severity, string] =
    model === null
      ? ['info', `"${what}" becomes part of a layer that each pull carries; where it is big, ${mount}`]
      : model.terms === 'gated'
        ? [
            'warning',
            `"${what}" is of ${model.name}, whose terms everybody who gets it must accept, and an image hands it on without asking; ${mount}`,
          ]
        : [
            'error',
            `"${what}" is of ${model.name}, whose licence forbids to hand it on, and whoever pulls the image gets it; ${mount}`,
          ];
  return { start, end, severity, message };
}

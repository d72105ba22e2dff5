import { isNvidiaPytorch, lineageInstructions } from '../cuda-base.ts';
import { type ExtensionBuild, extensionBuilds } from '../cuda-extensions.ts';
import type { Span } from '../finding.ts';
import { type InstallCommand, installsOf } from '../installs.ts';
import type { LintedStage } from '../linted-dockerfile.ts';
import { factsOf } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Rule } from '../rule.ts';

interface Need extends Span {
  readonly written: string;
  readonly needs: readonly string[];
  readonly command: InstallCommand['command'];
}

/** What a `setup.py` imports, by what is in the name or in the address of a package. */
const NEEDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^chumpy(?:==0\.[0-6]\d)?$/, ['numpy']],
  [/cocoapi\.git|\/cocoapi(?:$|[@#/])/, ['numpy', 'cython']],
  [/^cython[-_]bbox/, ['numpy', 'cython']],
  [/(?:^|\/)phalp(?:$|[.@#[=])/i, ['joblib']],
];

/** Some packages import others while they are built. */
export const installOrder: Rule = {
  id: 'install-order',
  severity: 'warning',
  title: 'A package is installed before the one that its build needs',
  covers: [],
  *check({ stages }, project) {
    for (const stage of stages) {
      const installs = lineageInstructions(stage).flatMap(installsOf);
      for (const need of [...extensionNeeds(stage, project), ...otherNeeds(stage)]) {
        const at = installs.findIndex(({ command }) => command === need.command);
        for (const name of need.needs) {
          if (brings(stage, name) || installs.slice(0, at).some((one) => mayBring(one, name))) continue;
          const isSame = installs[at]?.packages.some((one) => one.name === name) === true;
          const later = installs.slice(at + 1).find((one) => one.packages.some((two) => two.name === name));
          if (later === undefined && !isSame) continue;
          const when = isSame ? 'together with it' : 'after it';
          const message = `"${need.written}" needs "${name}" while it is built, which is installed ${when}: install "${name}" in a command before`;
          yield { start: need.start, end: need.end, message };
        }
      }
    }
  },
};

function extensionNeeds(stage: LintedStage, project: LintedProject): readonly Need[] {
  return extensionBuilds(stage, project).flatMap((build: ExtensionBuild) => {
    const { written, start, end, command, extension } = build;
    // These have wheels that are fetched without torch.
    const isWheel = build.isByName && !extension.sourceOnly && !extension.names.includes('flash-attn');
    return isWheel || build.install === null ? [] : [{ written, start, end, command, needs: ['torch'] }];
  });
}

function otherNeeds(stage: LintedStage): readonly Need[] {
  return stage.instructions.flatMap(installsOf).flatMap(({ manager, packages, others, command }) => {
    if (manager !== 'pip') return [];
    const words = [
      ...packages.map(({ name, word }) => [name, word] as const),
      ...others.map((word) => [word.text ?? '', word] as const),
    ];
    return words.flatMap(([text, { start, end, raw }]) => {
      const needs = NEEDS.find(([pattern]) => pattern.test(text))?.[1];
      const written = raw.replace(/^['"]|['"]$/g, '');
      return needs === undefined ? [] : [{ written, start, end, command, needs }];
    });
  });
}

function brings(stage: LintedStage, name: string): boolean {
  return name === 'torch' && (typeof factsOf(stage)?.torch === 'string' || isNvidiaPytorch(stage));
}

/** Installs a package, or something that is not known and may bring it. */
function mayBring({ packages, options, others, manager }: InstallCommand, name: string): boolean {
  if (manager !== 'pip' && manager !== 'conda') return packages.some((one) => one.name === `python3-${name}`);
  const names = [name, ...(name === 'torch' ? ['pytorch', 'pytorch-cuda', 'pytorch-gpu'] : [])];
  const isBrought = packages.some((one) => names.includes(one.name) || BRING.get(name)?.test(one.name));
  return isBrought || others.length > 0 || options.some(([option]) => UNSEEN.has(option));
}

/** What is installed then stands in another file. */
const UNSEEN = new Set(['-r', '--requirement', '-e', '--editable', '--file']);

/** Packages that depend on it. */
const BRING: ReadonlyMap<string, RegExp> = new Map([
  [
    'torch',
    /^(?:torch.*|pytorch-.*|accelerate|peft|timm|xformers|vllm|deepspeed|lightning|open-clip-torch|ultralytics|sentence-transformers|bitsandbytes|fairscale|kornia|lpips|nerfstudio)$/,
  ],
  [
    'numpy',
    /^(?:scipy|pandas|torchvision|opencv-.*|scikit-.*|matplotlib|numba|tensorflow.*|jax|onnxruntime.*|h5py|xarray|trimesh|open3d|imageio|transformers)$/,
  ],
  ['joblib', /^(?:scikit-learn|librosa|nltk|imbalanced-learn|umap-learn)$/],
]);

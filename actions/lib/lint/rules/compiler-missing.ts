import { reachesCommand } from '../command-environment.ts';
import { type Compilers, compilersAt } from '../compilers.ts';
import { type ExtensionBuild, extensionBuilds } from '../cuda-extensions.ts';
import { type InstallCommand, installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf, type LintedStage } from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell-script.ts';

/** PyPI has only their source for Linux (2026-11-22). */
const SOURCE_ONLY = new Set([
  ...[
    'dlib',
    'fasttext',
    'llama-cpp-python',
    'webrtcvad',
    'pyaudio',
    'hnswlib',
    'annoy',
    'psycopg2',
    'pycuda',
  ],
]);
const NEEDS_HOST = new Set(['gcc', 'g++', 'c++', 'cc']);
const OTHER_WHEELS = [
  '-f',
  '--find-links',
  '-i',
  '--index-url',
  '--extra-index-url',
  '--only-binary',
  '--index',
];

/** A compiler is in the `-devel` image, not in the one that runs what was compiled. */
export const compilerMissing: Rule = {
  id: 'compiler-missing',
  severity: 'error',
  title: 'Something is compiled where there is no compiler',
  covers: [],
  *check({ stages }, project) {
    for (const stage of stages) {
      const spoken = new Set<number>();
      for (const draft of [...extensions(stage, project), ...commands(stage), ...packages(stage)]) {
        if (!spoken.has(draft.start)) yield draft;
        spoken.add(draft.start);
      }
    }
  },
};

function extensions(stage: LintedStage, project: LintedProject): readonly Draft[] {
  return extensionBuilds(stage, project).flatMap((build) => {
    if (isWheel(build)) return [];
    const { start, end, written, instruction, command } = build;
    const found = compilersAt(stage, instruction, command.start);
    const needsCuda = build.extension.without !== 'cpu' || reachesCommand('FORCE_CUDA', build);
    if (needsCuda && found.cuda === false) {
      const message = `"${written}" is compiled with nvcc, which neither the base image nor an install before it brings: build it in a stage on a "-devel" image of CUDA`;
      return [{ start, end, message }];
    }
    return found.host === false ? [{ start, end, message: hostMessage(written) }] : [];
  });
}

function isWheel({ isByName, extension, install }: ExtensionBuild): boolean {
  return isByName && (!extension.sourceOnly || hasOtherWheels(install));
}

function hasOtherWheels(install: InstallCommand | null): boolean {
  return (install?.options ?? []).some(([name]) => OTHER_WHEELS.includes(name));
}

function hostMessage(written: string): string {
  return `"${written}" needs a compiler of C++, which neither the base image nor an install before it brings: install "build-essential" before it, best in a stage of its own`;
}

function commands(stage: LintedStage): readonly Draft[] {
  return stage.instructions.flatMap((instruction) =>
    (instruction.keyword === 'RUN' ? (instruction.shell?.commands ?? []) : []).flatMap((command) => {
      // What is tried, or asked for with `command -v`, may be absent.
      if (command.words[0]?.text === 'command' || command.within.length > 0 || command.after === '||')
        return [];
      const { start, end } = command;
      const lacks = (which: keyof Compilers) => compilersAt(stage, instruction, start)[which] === false;
      const message = cudaFault(command, lacks) ?? hostFault(command, lacks, stage);
      return message === null ? [] : [{ start, end, message }];
    }),
  );
}

function cudaFault(command: ShellCommand, lacks: (which: 'cuda') => boolean): string | null {
  const program = invocationOf(command)?.program ?? '';
  const option = program === 'nvcc' ? null : cudaOption(program, command);
  if ((program !== 'nvcc' && option === null) || !lacks('cuda')) return null;
  return option === null
    ? '"nvcc" is not in the base image and nothing before installs it: use a "-devel" image of CUDA for this stage'
    : `"${option}" asks for nvcc, which neither the base image nor an install before it brings: use a "-devel" image of CUDA for this stage`;
}

function hostFault(
  command: ShellCommand,
  lacks: (which: 'host') => boolean,
  stage: LintedStage,
): string | null {
  const program = invocationOf(command)?.program ?? '';
  if (!NEEDS_HOST.has(program) || !lacks('host') || hasNamed(stage, program)) return null;
  return isC(program) && hasC(stage) ? null : hostMessage(program);
}

const CUDA_OPTION =
  /-D(?:CMAKE_CUDA_(?:ARCHITECTURES|COMPILER)|(?:USE|WITH|ENABLE|BUILD|GGML|LLAMA)_CU(?:DA|BLAS)|CUDA_ENABLED)(?::\w+)?=(?!OFF|0|FALSE|NO\b|N\b|["']?\$)/i;

/** What turns CUDA on in a build with CMake, also where pip runs it. */
function cudaOption(program: string, { words, assignments }: ShellCommand): string | null {
  const told = assignments.flatMap(({ name, value }) => (name === 'CMAKE_ARGS' ? (value?.raw ?? '') : []));
  const options = program === 'cmake' ? words.map(({ raw }) => raw) : /pip$/.test(program) ? told : [];
  return options.flatMap((one) => CUDA_OPTION.exec(one)?.[0] ?? [])[0]?.replace(/=$/, '') ?? null;
}

/** Needs no C++. */
function isC(name: string): boolean {
  return ['gcc', 'cc', 'psycopg2', 'webrtcvad', 'pyaudio'].includes(name);
}

/** Triton compiles with it when it runs. */
function hasC(stage: LintedStage): boolean {
  return factsOf(stage)?.repository === 'docker.io/pytorch/pytorch';
}

/** The C compiler alone is enough for its own command. */
function hasNamed(stage: LintedStage, program: string): boolean {
  const names = program === 'cc' || program === 'gcc' ? /^gcc(?:-\d+)?$/ : /^g\+\+/;
  return stage.instructions
    .flatMap(installsOf)
    .some(({ packages: all }) => all.some(({ name }) => names.test(name)));
}

function packages(stage: LintedStage): readonly Draft[] {
  return stage.instructions.flatMap(installsOf).flatMap((install) => {
    if (install.manager !== 'pip' || hasOtherWheels(install)) return [];
    return install.packages.flatMap(({ name, word }) => {
      if (!SOURCE_ONLY.has(name) || (isC(name) && hasC(stage))) return [];
      const { instruction, command } = install;
      if (compilersAt(stage, instruction, command.start).host !== false || hasNamed(stage, 'gcc')) return [];
      return [
        { start: word.start, end: word.end, message: hostMessage(word.raw.replace(/^['"]|['"]$/g, '')) },
      ];
    });
  });
}

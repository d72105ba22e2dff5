import { pythonCodeOf } from '../command-purpose.ts';
import { commandSpan, nextCommand } from '../command-text.ts';
import { invocationOf } from '../invocation.ts';
import type { LintedInstruction } from '../linted-dockerfile.ts';
import type { Draft, Rule } from '../rule.ts';
import { shellOptionsIn } from '../shell-options.ts';
import type { ShellCommand } from '../shell-script.ts';

type OptionsAt = ReturnType<typeof shellOptionsIn>;

const TOOLS = new Set(['nvidia-smi', 'deviceQuery', 'nvidia-debugdump', 'dcgmi']);
/** Python that ends with an error where there is no GPU. */
const NEEDS =
  /assert\s+(?:torch\.cuda\.(?:is_available\(\)|device_count\(\)(?!\s*==\s*0))|tf\.(?:config\.(?:experimental\.)?list_physical_devices\(['"]GPU|test\.is_gpu_available)|len\(tf\.config)|torch\.cuda\.(?:get_device_(?:name|capability|properties)|current_device|init|mem_get_info|synchronize)\s*\(|\.cuda\(\)|device\s*=\s*['"]cuda|\.to\(\s*['"]cuda|cupy\.(?:zeros|ones|array|cuda\.runtime)/;

/** While an image is built there is no GPU. */
export const gpuAtBuild: Rule = {
  id: 'gpu-at-build',
  severity: 'error',
  title: 'A command of the build needs a GPU',
  covers: [],
  *check({ stages }) {
    for (const [stage, instruction] of stages.flatMap((one) =>
      one.instructions.map((two) => [one, two] as const),
    )) {
      if (instruction.keyword !== 'RUN' || instruction.flags.some((flag) => flag.startsWith('--device')))
        continue;
      const optionsAt = shellOptionsIn(instruction, stage);
      for (const command of instruction.shell?.commands ?? []) {
        const draft = draftOf(command, instruction, optionsAt);
        if (draft !== null) yield draft;
      }
    }
  },
};

function draftOf(command: ShellCommand, instruction: LintedInstruction, optionsAt: OptionsAt): Draft | null {
  const span = commandSpan(command);
  const native = command.words.find(({ text }) =>
    /^-DCMAKE_CUDA_ARCHITECTURES(?::\w+)?=native$/.test(text ?? ''),
  );
  if (native !== undefined) {
    const message = `"${native.text}" compiles for the GPU of this machine, and there is none while an image is built: name the architectures`;
    return { start: native.start, end: native.end, severity: 'warning', message };
  }
  if (isAllowedToFail(command, instruction, optionsAt)) return null;
  const program = command.words[0]?.text === 'command' ? null : invocationOf(command)?.program;
  if (program !== undefined && program !== null && TOOLS.has(program)) {
    const message = `"${program}" needs a GPU and the driver of a host, and neither is there while an image is built: leave it to a test of the image`;
    return { ...span, message };
  }
  const code = pythonCodeOf(command)?.raw ?? '';
  const needs = /\bis_available\(\)\s*(?:else|:)|\btry:/.test(code) ? null : NEEDS.exec(code)?.[0];
  if (needs === undefined || needs === null) return null;
  const message = `"${needs}" fails without a GPU, and there is none while an image is built: leave it to a test of the image`;
  return needs.startsWith('assert') ? { ...span, message } : { ...span, severity: 'warning', message };
}

/** The build goes on whatever it returns. */
function isAllowedToFail(command: ShellCommand, { shell }: LintedInstruction, optionsAt: OptionsAt): boolean {
  const { within, words } = command;
  if (words.some(({ text }) => text === '--version' || text === '--help')) return true;
  if (shell === null || within.some((one) => one !== 'subshell')) return true;
  const goesOn = optionsAt(command).stopsAtFailure !== true;
  // `a && b || true`, and `a; true`
  for (let one: ShellCommand | null = command; one !== null; one = nextCommand(shell, one)) {
    if (one.after === '||' || one.after === '|') return true;
    if (one.after === ';') return goesOn;
  }
  return false;
}

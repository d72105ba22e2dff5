/** Runs one container to its end: what it says is read line by line, and nothing of it stays behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Engine } from '../docker/engine.ts';
import { endWithParent } from '../process/end-with-parent.ts';
import type { StopRequests } from '../process/stop-on-signals.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';
import { boundedLines } from '../scene/bounded-lines.ts';
import { LONGEST_EVENT } from '../scene/stage-event.ts';

/** One container. */
export interface ContainerRun extends StopRequests {
  readonly name: string;
  /** Arguments of `docker`, from `run` on; the container is removed when it ends. */
  readonly argv: readonly string[];
  /** One line of stdout; `null` for one that was too long. */
  onLine(line: string | null): void;
  /** One line of stderr, printable. */
  onOutput(line: string): void;
}

/** Seconds; a stage writes its checkpoint within ten. */
const PATIENCE = ['-t', '20'];
const ASK_AGAIN_MS = 500;

/** Gives the exit code; `null` when Docker's command was ended from outside. */
export async function runContainer(engine: Engine, run: ContainerRun): Promise<number | null> {
  const env = { ...(process.env as Record<string, string>), ...engine.env };
  // Should we be killed, Docker's command is asked to end, and asks the container.
  const [command = engine.docker, ...first] = [...(await endWithParent(env)), engine.docker];
  if (run.stop.aborted) return null;
  const child = execa(command, [...first, ...run.argv], {
    // A group of its own: Ctrl-C then reaches only us, and the container is told once, by us.
    ...{ detached: true, env, extendEnv: false, buffer: false, reject: false },
    ...{ stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  });
  let hasEnded = false;
  const stopping = stopWhenAsked(engine, run, () => hasEnded);
  try {
    const [{ exitCode }] = await Promise.all([
      child,
      readLines(child.stdout, run),
      readOutput(child.stderr, run),
    ]);
    if (exitCode !== undefined) return exitCode;
    await removeContainer(engine, run.name);
    return null;
  } finally {
    hasEnded = true;
    await stopping.release();
  }
}

/** Ends a container with time for its checkpoint, and removes it. */
export async function removeContainer(engine: Engine, name: string): Promise<void> {
  await ask(engine, ['stop', ...PATIENCE, name]);
  await ask(engine, ['rm', '--force', name]);
}

async function readLines(stdout: AsyncIterable<Buffer>, { onLine }: ContainerRun): Promise<void> {
  for await (const line of boundedLines(stdout, LONGEST_EVENT)) onLine(line);
}

async function readOutput(stderr: AsyncIterable<Buffer>, { onOutput }: ContainerRun): Promise<void> {
  // A progress bar draws over itself with carriage returns: its last state counts.
  for await (const line of boundedLines(stderr, LONGEST_EVENT))
    onOutput(sanitiseLine(line?.split('\r').at(-1) ?? '…'));
}

/** Docker may still be making the container when it is asked: it is asked until the container is gone. */
function stopWhenAsked(engine: Engine, { name, stop, kill }: ContainerRun, hasEnded: () => boolean) {
  const asking = new Set<Promise<void>>();
  const repeat = async (args: readonly string[]): Promise<void> => {
    while (!hasEnded()) {
      await ask(engine, [...args, name]);
      await sleep(ASK_AGAIN_MS);
    }
  };
  const onStop = (): void => void asking.add(repeat(['stop', ...PATIENCE]));
  const onKill = (): void => void asking.add(repeat(['kill']));
  stop.addEventListener('abort', onStop, { once: true });
  kill.addEventListener('abort', onKill, { once: true });
  return {
    async release(): Promise<void> {
      stop.removeEventListener('abort', onStop);
      kill.removeEventListener('abort', onKill);
      await Promise.all(asking);
    },
  };
}

async function ask({ docker, env }: Engine, args: readonly string[]): Promise<void> {
  await execa(docker, args, { env, reject: false, stdio: 'ignore' });
}

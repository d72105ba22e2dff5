import { execa } from 'execa';
import { findBuilt } from '../../actions/lib/build/find-built.ts';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';
import { type GlobalOptions, openWorkspace } from '../../actions/lib/workspace/open-workspace.ts';
import { develop } from '../develop.ts';
import { ensureEngine } from '../engine/engine.ts';
import { reportBlocked, reportFailures } from '../report-run.ts';
import { say } from '../say.ts';

/** `darkroom run IMAGE [CMD…]`: starts an image by digest, built first if it is missing; ends as its command ends. */
export async function run(options: GlobalOptions, image: string, command: readonly string[]): Promise<void> {
  const reference = await imageReference(options, image);
  const { docker, env } = await ensureEngine(say);
  // A terminal is passed on when there is one, so that `run IMAGE bash` is a shell and a pipe stays a pipe.
  const terminal =
    process.stdin.isTTY && process.stdout.isTTY ? ['--interactive', '--tty'] : ['--interactive'];
  const { exitCode, failed, shortMessage } = await execa(
    docker,
    // An init passes signals on and reaps: without one, Ctrl-C does not reach a plain `sleep`.
    ['run', '--rm', '--init', '--quiet', ...terminal, reference, ...command],
    // With --json stdout holds one document, and what the image says goes where all other words go.
    {
      env,
      stdin: 'inherit',
      stdout: options.json ? process.stderr : 'inherit',
      stderr: 'inherit',
      reject: false,
    },
  );
  if (exitCode === undefined && failed)
    throw new DarkroomError({ code: 'run/failed', message: shortMessage ?? '' });
  process.exitCode = exitCode ?? 1;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ version: 1, image, ref: reference, exitCode })}\n`);
}

async function imageReference(options: GlobalOptions, image: string): Promise<string> {
  const workspace = await openWorkspace(options);
  try {
    const developed = await develop(workspace, [image], say);
    const isMissing = reportBlocked(developed, [image], false) || reportFailures(developed).length > 0;
    const built = isMissing ? null : await findBuilt(developed, image);
    if (built !== null) return built.ref;
    throw new DarkroomError({
      code: 'run/not-built',
      message: `"${image}" is not built, so it was not started.`,
    });
  } finally {
    await workspace.source.close();
  }
}

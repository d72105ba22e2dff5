import { execa } from 'execa';
import type { Developed } from '../build/build-nodes.ts';
import { findBuilt } from '../build/find-built.ts';
import type { Engine } from '../docker/engine.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { sanitiseLine } from '../report/sanitise-line.ts';
import { STAGES, type Stage } from '../scene/stage.ts';
import type { StageImage } from '../scene/stage-container.ts';

/** Lends an engine the logins that pulling takes. */
export type LendLogins = (engine: Engine, work: (lent: Engine) => Promise<void>) => Promise<void>;

/**
 * Finds the image of every stage among those that were developed, all of them well, and pulls what the engine has not.
 * @throws DarkroomError `scene/not-pulled`
 */
export async function fetchImages(
  developed: Developed,
  names: Readonly<Record<Stage, string>>,
  engine: Engine,
  { lend, say }: { readonly lend: LendLogins; readonly say: (line: string) => void },
): Promise<Readonly<Record<Stage, StageImage>>> {
  const find = async (stage: Stage): Promise<StageImage> => {
    const image = await findBuilt(developed, names[stage]);
    if (image === null) throw new Error(`${names[stage]} was neither built nor found`);
    return image;
  };
  const [sfm, train, view] = await Promise.all(STAGES.map(find));
  if (sfm === undefined || train === undefined || view === undefined) throw new Error('a stage has no image');
  const images = { sfm, train, view };
  const missing = await missingImages(engine, Object.values(images));
  if (missing.length === 0) return images;
  await lend(engine, async (lent) => {
    for (const { ref } of missing) await pull(lent, ref, say);
  });
  return images;
}

async function missingImages(engine: Engine, images: readonly StageImage[]): Promise<readonly StageImage[]> {
  const found = await Promise.all(
    images.map(async (image) => {
      const args = ['image', 'inspect', '--format', '.', image.ref];
      const { exitCode } = await execa(engine.docker, args, { env: engine.env, reject: false });
      return exitCode === 0 ? [] : [image];
    }),
  );
  return found.flat();
}

async function pull(engine: Engine, ref: string, say: (line: string) => void): Promise<void> {
  say(`Fetching ${ref.replace(/@.*/, '')}…`);
  const { exitCode, stderr } = await execa(engine.docker, ['pull', '--quiet', ref], {
    env: engine.env,
    reject: false,
  });
  if (exitCode === 0) return;
  const why = sanitiseLine(stderr.trim().split('\n').at(-1) ?? '');
  throw new DarkroomError({
    code: 'scene/not-pulled',
    message: `Docker cannot pull ${JSON.stringify(ref)}: ${why}`,
  });
}

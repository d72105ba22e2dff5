import type { Developed } from '../build/build-nodes.ts';
import type { Engine } from '../docker/engine.ts';
import { makeStorage } from './check-places.ts';
import { fetchImages, type LendLogins } from './fetch-images.ts';
import type { PreparedScene } from './prepare-scene.ts';
import { runScene, type SceneListener, type SceneOutcome } from './run-scene.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { sweepContainers } from './sweep-containers.ts';

/** What making a scene needs of the machine it happens on. */
export interface ScenePlaceOfWork {
  readonly engine: Engine;
  /** Lends the engine the logins that pulling the images takes. */
  readonly lend: LendLogins;
  readonly say: (line: string) => void;
  /** Shows the stages; made when they begin, closed when they have ended. */
  readonly show: () => SceneListener & { close(): void };
}

/** How it ended; who asked to stop is told the code to end with. */
export type Reconstructed =
  | Exclude<SceneOutcome, { kind: 'stopped' }>
  | { readonly kind: 'stopped'; readonly exitCode: 130 | 143 };

/** Makes a scene with images that were developed. @throws DarkroomError `scene/not-built`, `scene/not-pulled` */
export async function reconstructScene(
  { request, images }: PreparedScene,
  developed: Developed,
  { engine, lend, say, show }: ScenePlaceOfWork,
): Promise<Reconstructed> {
  const [left, fetched] = await Promise.all([
    sweepContainers(engine),
    fetchImages(developed, images, engine, { lend, say }),
  ]);
  if (left > 0) say(`Stopped ${left === 1 ? 'a container' : `${left} containers`} of a run that was killed.`);
  await makeStorage(request.storage);
  const requests = stopOnSignals();
  const display = show();
  try {
    const outcome = await runScene(engine, request, fetched, display, requests);
    return outcome.kind === 'stopped' ? { kind: 'stopped', exitCode: requests.exitCode() ?? 143 } : outcome;
  } finally {
    display.close();
    requests.release();
  }
}

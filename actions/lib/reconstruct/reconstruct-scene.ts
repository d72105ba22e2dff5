import type { Developed } from '../build/build-nodes.ts';
import { blockedProblems, failures } from '../build/developed-problems.ts';
import type { Engine } from '../docker/engine.ts';
import { DarkroomError } from '../errors/darkroom-error.ts';
import { stopOnSignals } from '../process/stop-on-signals.ts';
import { makeStorage } from './check-places.ts';
import { fetchImages, type LendLogins } from './fetch-images.ts';
import type { PreparedScene } from './prepare-scene.ts';
import { runScene, type SceneListener, type SceneOutcome } from './run-scene.ts';
import { sweepContainers } from './sweep-containers.ts';

/** What making a scene needs of the machine it happens on. */
export interface ScenePlaceOfWork {
  /** Asked once everything is built: before that none may be needed. */
  readonly findEngine: () => Promise<Engine>;
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

/**
 * Makes a scene with images that were developed.
 * @throws DarkroomError `scene/not-built` with what kept an image from being built, `scene/not-pulled`
 */
export async function reconstructScene(
  { request, images }: PreparedScene,
  developed: Developed,
  { findEngine, lend, say, show }: ScenePlaceOfWork,
): Promise<Reconstructed> {
  if (developed.interrupted) return { kind: 'stopped', exitCode: 130 };
  checkWhole(developed);
  const engine = await findEngine();
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

function checkWhole(developed: Developed): void {
  const problems = [...failures(developed), ...blockedProblems(developed.work)];
  if (problems.length === 0) return;
  const message = 'An image that makes scenes is not built, so the scene was not started.';
  throw new DarkroomError([...problems, { code: 'scene/not-built', message }]);
}

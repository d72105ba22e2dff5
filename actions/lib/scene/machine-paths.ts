import type { SceneRequest } from './scene-request.ts';
import type { StageEvent } from './stage-event.ts';

/** An event with the folders of its container by the names that they have on this machine. */
export function onMachine(event: StageEvent, places: Pick<SceneRequest, 'frames' | 'storage'>): StageEvent {
  if ('message' in event) return { ...event, message: machinePaths(event.message, places) };
  if (event.event !== 'problem') return event;
  const { problem } = event;
  const hint = problem.hint === undefined ? {} : { hint: machinePaths(problem.hint, places) };
  return { ...event, problem: { ...problem, message: machinePaths(problem.message, places), ...hint } };
}

/** A text of a stage with the folders of its container by the names that they have on this machine. */
export function machinePaths(
  text: string,
  { frames, storage }: Pick<SceneRequest, 'frames' | 'storage'>,
): string {
  const folders: Readonly<Record<string, string | null>> = {
    storage: storage.kind === 'folder' ? storage.path : null,
    frames: frames?.kind === 'folder' ? frames.path : null,
  };
  return text.replace(
    /(?<![\w/.~-])(?:file:\/\/)?\/(storage|frames)(?=[/\s"',;:)]|$)/g,
    (written, name: string) => folders[name] ?? written,
  );
}

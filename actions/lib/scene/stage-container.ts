/** The container of one stage: what it is told, what it may see, and the words that start it. */
import type { ScenePlace } from './scene-place.ts';
import { placeBelow } from './scene-place.ts';
import type { SceneRequest } from './scene-request.ts';
import type { Stage } from './stage.ts';

/** An image that is there, by digest. */
export interface StageImage {
  /** `host/repository@sha256:…` */
  readonly ref: string;
  /** Content key: it enters the key of the stage. */
  readonly key: string;
  /** Of the platform's manifest. */
  readonly digest: string;
}

/** Who starts it. */
export interface StageCaller {
  /** `uid:gid`: what is written belongs to the caller. */
  readonly user: string;
  /** Unique on the machine. */
  readonly name: string;
  /** Process that answers for the container, see `process/process-owner.ts`. */
  readonly owner: string;
  /** Names of the caller's variables that are set. */
  readonly variables: ReadonlySet<string>;
  /** `~/.aws`; `null` where there is none. */
  readonly awsFolder: string | null;
}

/** Labels of every container of a scene. */
export const LABELS = { scene: 'darkroom.scene', owner: 'darkroom.owner' } as const;

/** Handed on by name, so that no value shows in a list of processes. https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
const S3_VARIABLES = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'],
  ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'],
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ...['AWS_CONTAINER_AUTHORIZATION_TOKEN', 'AWS_EC2_METADATA_DISABLED'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
];

/**
 * Arguments of `docker` that run a stage; it sees its storage, the photographs and nothing else of the machine.
 * @param inputKeys of the stages before it, which another run may have replaced meanwhile
 */
export function stageArgv(
  stage: Stage,
  request: SceneRequest,
  image: StageImage,
  caller: StageCaller,
  inputKeys: Readonly<Partial<Record<Stage, string>>>,
): readonly string[] {
  const { scene, storage } = request;
  const frames = stage === 'sfm' ? request.frames : null;
  const baseline = stage === 'view' ? request.baseline : null;
  const isOnline = storage.kind === 's3' || frames?.kind === 's3';
  const variables: Readonly<Record<string, string>> = {
    ...{ HOME: '/tmp', STORAGE: inside(storage, '/storage'), SCENE_ID: scene, PRESET: request.preset },
    ...{ OPTIONS: JSON.stringify(request.options), SEED: String(request.seed) },
    ...{ IMAGE_KEY: image.key, IMAGE_DIGEST: image.digest, INPUT_KEYS: JSON.stringify(inputKeys) },
    ...(frames === null ? {} : { FRAMES: inside(frames, '/frames') }),
    ...(baseline === null ? {} : { BASELINE: '/baseline.json' }),
  };
  return [
    // An init passes signals on and reaps; nothing is kept of what is said, as it is read here.
    ...['run', '--rm', '--init', '--pull', 'never', '--log-driver', 'none', '--name', caller.name],
    ...['--label', `${LABELS.scene}=${scene}`, '--label', `${LABELS.owner}=${caller.owner}`],
    ...['--user', caller.user, '--security-opt', 'no-new-privileges'],
    ...['--network', isOnline ? 'host' : 'none'],
    ...(stage === 'train' && request.trainer === 'gaussian-splatting' ? ['--gpus', 'all'] : []),
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(isOnline ? S3_VARIABLES.filter((name) => caller.variables.has(name)) : []).flatMap((name) => [
      '--env',
      name,
    ]),
    ...mount(storage.kind === 'folder' ? storage.path : null, '/storage'),
    ...mount(frames?.kind === 'folder' ? frames.path : null, '/frames', 'readonly'),
    ...mount(baseline, '/baseline.json', 'readonly'),
    ...mount(isOnline ? caller.awsFolder : null, '/tmp/.aws', 'readonly'),
    image.ref,
  ];
}

function inside(place: ScenePlace, folder: string): string {
  return place.kind === 's3' ? placeBelow(place) : `file://${folder}`;
}

/** Docker reads a line of CSV: https://docs.docker.com/reference/cli/docker/container/run/#mount */
function mount(source: string | null, target: string, ...flags: readonly string[]): readonly string[] {
  if (source === null) return [];
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...flags];
  const quoted = fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return ['--mount', quoted.join(',')];
}

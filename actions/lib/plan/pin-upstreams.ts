/** Binds every wanted upstream to exact content: a made one of this machine, the lock, or a fresh look-up. */
import { parseImageReference } from '../image/image-reference.ts';
import type { Lock } from '../matrix/lock.ts';
import type { Platform } from '../matrix/matrix.ts';
import {
  type LockChange,
  resolveUpstreams,
  type UpstreamResolvers,
  type UpstreamsByKind,
} from '../upstream/resolve-upstreams.ts';
import { type Pin, type PinTable, upstreamId, type WantedUpstream } from './wanted-upstreams.ts';

/** Upstream images made on this machine; only for a target on loopback. */
export interface MadeUpstreams {
  /** `ref` is what BuildKit reads, `digest` that of the platform manifest. */
  find(reference: string, platform: Platform): { readonly ref: string; readonly digest: string } | null;
  /** How the image could be made, in a few words, or `null` when it cannot. */
  canMake(reference: string, platform: Platform): string | null;
}

/** How upstreams may be bound. */
export interface PinRules {
  readonly lock: Lock;
  /** `null`: what is made on this machine does not count. */
  readonly made: MadeUpstreams | null;
  /** `null`: nothing is looked up. */
  readonly resolvers: UpstreamResolvers | null;
  /** Registries known not to answer: their images are made, though the lock has them. */
  readonly unreachable: ReadonlySet<string>;
}

/** Pins, and the lock with what was looked up. */
export interface PinnedUpstreams {
  readonly pins: PinTable;
  readonly lock: Lock;
  readonly changes: readonly LockChange[];
}

/** Pin of the frontend BuildKit has inside. */
const BUILTIN_FRONTEND: Pin = { state: 'pinned', pin: 'made:builtin', ref: null };

/** Pins everything wanted. A made upstream stays as it is; existing lock entries are never moved. */
export async function pinUpstreams(
  wanted: readonly WantedUpstream[],
  rules: PinRules,
): Promise<PinnedUpstreams> {
  const pins = new Map<string, Pin>();
  const open: WantedUpstream[] = [];
  for (const upstream of wanted) {
    const pin = madePin(upstream, rules) ?? reachablePin(upstream, rules);
    if (pin === null) open.push(upstream);
    else pins.set(upstreamId(upstream), pin);
  }
  if (open.length === 0) return { pins, lock: rules.lock, changes: [] };
  const { lock, changes, missing } = await lookUp(open, rules);
  for (const upstream of open) {
    pins.set(upstreamId(upstream), lockedPin(upstream, lock) ?? unpinned(upstream, rules, missing));
  }
  return { pins, lock, changes };
}

function madePin(upstream: WantedUpstream, { made, unreachable }: PinRules): Pin | null {
  if (upstream.kind !== 'image' || made === null) return null;
  const { name, platform } = upstream;
  const found = made.find(name, platform);
  if (found !== null) return { state: 'pinned', pin: `made:${found.digest}`, ref: found.ref };
  return unreachable.has(parseImageReference(name).registry) ? instead(upstream, made) : null;
}

/** Without its registry, and with nothing in its place, what is locked can be named but not be had. */
function reachablePin(upstream: WantedUpstream, { lock, unreachable }: PinRules): Pin | null {
  const pin = lockedPin(upstream, lock);
  const isSilent = upstream.kind === 'image' && unreachable.has(parseImageReference(upstream.name).registry);
  return isSilent && pin?.state === 'pinned' ? { ...pin, unreachable: true } : pin;
}

function lockedPin(upstream: WantedUpstream, lock: Lock): Pin | null {
  const pin =
    upstream.kind === 'image'
      ? lock.images[upstream.name]?.[upstream.platform]
      : lock[upstream.kind][upstream.name];
  if (pin === undefined) return null;
  return {
    state: 'pinned',
    pin,
    ref: upstream.kind === 'image' ? pinnedReference(upstream.name, pin) : null,
  };
}

function pinnedReference(name: string, digest: string): string {
  const { registry, repository } = parseImageReference(name);
  return `${registry}/${repository}@${digest}`;
}

/** Nobody answered: elsewhere, or later, the same may well be had. */
const NO_ANSWER = new Set<string>([
  'registry/unreachable',
  'registry/timeout',
  'upstream/unreachable',
  'git/unreachable-upstream',
]);

async function lookUp(open: readonly WantedUpstream[], { lock, resolvers }: PinRules) {
  if (resolvers === null) {
    const missing: Pin = {
      state: 'missing',
      reason: 'it is in no lock, and no registry was asked',
      isFault: false,
    };
    return { lock, changes: [], missing: new Map(open.map((one) => [whatOf(one), missing])) };
  }
  const resolved = await resolveUpstreams(upstreamsByKind(open), lock, resolvers, { update: false });
  const missing = resolved.unresolved.map(({ what, reason }) => {
    const pin: Pin = { state: 'missing', reason: reason.message, isFault: !NO_ANSWER.has(reason.code) };
    return [what, pin] as const;
  });
  return { lock: resolved.lock, changes: resolved.changes, missing: new Map(missing) };
}

function unpinned(upstream: WantedUpstream, { made }: PinRules, missing: ReadonlyMap<string, Pin>): Pin {
  const other = upstream.kind === 'image' && made !== null ? instead(upstream, made) : null;
  return (
    other ??
    missing.get(whatOf(upstream)) ?? { state: 'missing', reason: 'it could not be looked up', isFault: true }
  );
}

function instead(upstream: WantedUpstream & { kind: 'image' }, made: MadeUpstreams): Pin | null {
  if (upstream.role === 'syntax') return isBuiltin(upstream.name) ? BUILTIN_FRONTEND : null;
  const how = made.canMake(upstream.name, upstream.platform);
  return how === null ? null : { state: 'unmade', how };
}

/** Whether a build on this machine can do without the upstream, in which case no lock needs to name it. */
export function hasSubstitute(upstream: WantedUpstream, made: MadeUpstreams | null): boolean {
  if (upstream.kind !== 'image' || made === null) return false;
  return made.find(upstream.name, upstream.platform) !== null || instead(upstream, made) !== null;
}

/** Released 1.x frontends are in BuildKit itself; channels such as `labs` are not. */
function isBuiltin(reference: string): boolean {
  const { registry, repository, tag } = parseImageReference(reference);
  return (
    registry === 'docker.io' &&
    repository === 'docker/dockerfile' &&
    /^(latest|1(\.\d+){0,2})$/.test(tag ?? '')
  );
}

/** The wanted upstreams by kind, as the lock's resolver takes them. */
export function upstreamsByKind(wanted: readonly WantedUpstream[]): UpstreamsByKind {
  return {
    images: wanted.flatMap((one) =>
      one.kind === 'image' ? [{ reference: one.name, platform: one.platform }] : [],
    ),
    git: wanted.flatMap((one) => (one.kind === 'git' ? [{ url: one.url, ref: one.ref }] : [])),
    http: wanted.flatMap((one) => (one.kind === 'http' ? [{ url: one.name }] : [])),
    local: wanted.flatMap((one) => (one.kind === 'local' ? [{ path: one.name }] : [])),
  };
}

function whatOf(upstream: WantedUpstream): string {
  return upstream.kind === 'image' ? `${upstream.name} ${upstream.platform}` : upstream.name;
}

/** What a graph needs from outside, and what each of those things is bound to. */
import type { ImageGraph, ImageNode, Reference } from '../graph/image-graph.ts';
import { normaliseImageReference } from '../image/image-reference.ts';
import type { NamedUpstream, Platform } from '../matrix/matrix.ts';
import type { PlannedUpstream } from './plan.ts';

/** Something from outside that images need; `name` is what the lock files it under. */
export type WantedUpstream =
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly platform: Platform;
      readonly role: 'content' | 'syntax';
    }
  | { readonly kind: 'git'; readonly name: string; readonly url: string; readonly ref: string }
  | { readonly kind: 'http'; readonly name: string }
  | { readonly kind: 'local'; readonly name: string };

/** What is known of an upstream's exact content. */
export type Pin =
  /** `ref` is what BuildKit reads, for images: `registry/repository@sha256:…`; `null` for BuildKit's own frontend. */
  | {
      readonly state: 'pinned';
      readonly pin: string;
      readonly ref: string | null;
      /** Its registry does not answer: it has a key, but cannot be built from. */
      readonly unreachable?: true;
    }
  /** Can be made on this machine, and has not been yet. */
  | { readonly state: 'unmade'; readonly how: string }
  /** `isFault`: whoever was asked answered that it is not to be had; else nobody answered. */
  | { readonly state: 'missing'; readonly reason: string; readonly isFault: boolean };

/** Pins by `upstreamId`. */
export type PinTable = ReadonlyMap<string, Pin>;

/** Names an upstream within one plan. */
export function upstreamId(
  upstream: Pick<WantedUpstream, 'kind' | 'name'> & { readonly platform?: Platform },
): string {
  return [upstream.kind, upstream.name, upstream.platform ?? ''].join('\n');
}

/** Everything the nodes of a graph need from outside, once each. */
export function wantedUpstreams(graph: ImageGraph): readonly WantedUpstream[] {
  const wanted = new Map<string, WantedUpstream>();
  for (const upstream of graph.nodes.flatMap(nodeUpstreams)) wanted.set(upstreamId(upstream), upstream);
  return [...wanted.values()];
}

/** Everything one node needs from outside. */
export function nodeUpstreams(node: ImageNode): readonly WantedUpstream[] {
  const syntax = syntaxUpstream(node);
  const content = node.references.flatMap((reference) => referenceUpstream(reference) ?? []);
  return syntax === undefined ? content : [syntax, ...content];
}

/** The frontend named by `# syntax=`. It runs on the builder, so its platform is the builder's own. */
export function syntaxUpstream(node: ImageNode): WantedUpstream | undefined {
  if (node.dockerfile.syntax === null) return undefined;
  const name = normaliseImageReference(node.dockerfile.syntax.name);
  return { kind: 'image', name, platform: node.platform, role: 'syntax' };
}

/** The upstream a reference stands for, when it stands for one. */
export function referenceUpstream(reference: Reference): WantedUpstream | undefined {
  if (reference.kind === 'upstream') {
    return { kind: 'image', name: reference.reference, platform: reference.platform, role: 'content' };
  }
  return reference.kind === 'named-upstream' ? namedUpstream(reference.upstream) : undefined;
}

function namedUpstream({ source }: NamedUpstream): WantedUpstream {
  switch (source.kind) {
    case 'git':
      return { kind: 'git', name: `${source.url}#${source.ref}`, url: source.url, ref: source.ref };
    case 'http':
      return { kind: 'http', name: source.url };
    case 'local':
      return { kind: 'local', name: source.path };
  }
}

/** An upstream as it stands in the plan. */
export function toPlannedUpstream(upstream: WantedUpstream, pins: PinTable): PlannedUpstream {
  const pin = pins.get(upstreamId(upstream));
  return {
    kind: upstream.kind,
    name: upstream.name,
    platform: upstream.kind === 'image' ? upstream.platform : null,
    pin: pin?.state === 'pinned' ? pin.pin : null,
  };
}

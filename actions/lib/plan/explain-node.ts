/** Says in plain words why something happens to a node. Pure. */
import { formatPlace } from '../errors/darkroom-error.ts';
import type { ImageNode } from '../graph/image-graph.ts';
import { comparePreimages, type Reason } from '../key/compare-preimages.ts';
import type { Preimage } from '../key/content-key.ts';
import { describeReason } from '../key/describe-reason.ts';
import type { Decision } from './decide-actions.ts';
import type { KeyedNode, UnpinnedUpstream } from './key-nodes.ts';
import type { NodeInputs } from './select-inputs.ts';

/** What is known of a node from earlier. */
export interface EarlierBuild {
  /** Pre-image of the last publish, when there is one. */
  readonly preimage: Preimage | null;
  /** Whether anything was published before. */
  readonly published: boolean;
  /** Ids of the parents at whose keys something else stands than what it was built on. */
  readonly staleParents: readonly string[];
}

/** Reasons for a decision, most telling first; none for a hit. */
export function explainNode(
  keyed: KeyedNode,
  decision: Decision | undefined,
  earlier: EarlierBuild,
): readonly string[] {
  switch (decision?.action) {
    case 'build':
      return [...buildReasons(keyed, decision, earlier), ...demandReasons(decision)];
    case 'blocked':
      return [
        ...ownUnpinned(keyed),
        ...decision.blockedBy.map((parent) => `its parent ${parent} is blocked`),
      ];
    case 'unneeded':
      return ['nothing that is built needs it'];
    case 'unknown':
      return unpinnedReasons(keyed);
    default:
      return [];
  }
}

function buildReasons(
  keyed: KeyedNode,
  { rebuiltWith }: Decision,
  { preimage, published, staleParents }: EarlierBuild,
): readonly string[] {
  if (keyed.key === null) return unpinnedReasons(keyed);
  const again = [
    ...staleParents.map((parent) => `it was built on another ${parent} than the one that is there now`),
    ...rebuiltWith.map((parent) => `its parent ${parent} is rebuilt`),
  ];
  if (again.length > 0) return again;
  if (preimage === null) return [published ? 'new since the last publish' : 'nothing was published before'];
  const reasons = comparePreimages(preimage, keyed.preimage).map((reason) =>
    describeReason(inRepository(reason, keyed.inputs)),
  );
  return reasons.length > 0 ? reasons : ['its key is gone from the registry; nothing it is made of changed'];
}

/** A key knows paths within contexts; a person knows them within the repository. */
function inRepository(reason: Reason, inputs: NodeInputs): Reason {
  if (reason.kind !== 'file') return reason;
  const context = reason.context === null ? inputs.main : inputs.contexts.get(reason.context);
  if (context === undefined || context.folder === '.') return reason;
  return { ...reason, context: null, path: `${context.folder}/${reason.path}` };
}

/** Only internal images are built for the sake of others alone. */
function demandReasons(decision: Decision): readonly string[] {
  return decision.neededBy.length === 0 ? [] : [`needed by ${decision.neededBy.join(', ')}`];
}

function unpinnedReasons(keyed: KeyedNode): readonly string[] {
  if (keyed.key !== null) return [];
  const parents = new Set(keyed.unpinned.flatMap((one) => one.through ?? []));
  return [...ownUnpinned(keyed), ...[...parents].map((parent) => `its parent ${parent} has no key yet`)];
}

function ownUnpinned(keyed: KeyedNode): readonly string[] {
  if (keyed.key !== null)
    return keyed.unreachable.map((name) => `${name} cannot be had: its registry does not answer`);
  return keyed.unpinned.filter((one) => one.through === null).map((one) => unpinnedReason(one, keyed.node));
}

function unpinnedReason({ upstream, pin }: UnpinnedUpstream, node: ImageNode): string {
  if (pin.state === 'unmade') return `${upstream.name} is to be made: ${pin.how}`;
  const reference = node.references.find((one) => one.kind === 'upstream' && one.reference === upstream.name);
  const place = reference === undefined ? '' : `${formatPlace(reference.place)}: `;
  const near =
    reference?.kind === 'upstream' && reference.near !== undefined
      ? ` did you mean the image "${reference.near}"?`
      : '';
  return `${place}${upstream.name} has no pin: ${pin.reason}${near === '' ? '' : `;${near}`}`;
}

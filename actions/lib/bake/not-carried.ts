/** Options of a target that a matrix does not have: what Darkroom does in their place, or that it does nothing. */

/** What Darkroom does for every image by itself. */
const OWN_WAY = new Map([
  ['cache-from', 'caches lie in the registry, one for each image and branch'],
  ['cache-to', 'caches lie in the registry, one for each image and branch'],
  ['attest', 'every image has its provenance'],
  ['pull', 'what comes from outside is pinned in action-matrix.lock'],
  ['no-cache', 'an image whose key is there is not built'],
  ['no-cache-filter', 'an image whose key is there is not built'],
]);

/** What a build will lack. */
const LACKING = new Map([
  ['ssh', 'ssh: no agent is handed to builds; name what is fetched with it as an upstream with git:'],
  ['network', 'network: builds have the network of the builder'],
  ['entitlements', 'entitlements: builds have none'],
  ['extra-hosts', 'extra-hosts: builds have none'],
  ['shm-size', 'shm-size: builds have that of the builder'],
  ['ulimits', 'ulimits: builds have those of the builder'],
  ['resources', 'resources: builds have those of the builder'],
  ['annotations', 'annotations: labels carry over, annotations do not'],
  ['policy', 'policy: none is asked'],
]);

/** Whether Darkroom does by itself what an option is for; then how. */
export function ownWayOf(option: string): string | undefined {
  return OWN_WAY.get(option);
}

/** What is told of the other options of a target; Buildx asks for an entitlement wherever a network is named. */
export function lackingOf(options: ReadonlySet<string>): readonly string[] {
  return [...options].flatMap((option) => {
    if (OWN_WAY.has(option) || option === 'call') return [];
    if (option === 'entitlements' && options.has('network')) return [];
    return LACKING.get(option) ?? `${option}: not known to Darkroom`;
  });
}

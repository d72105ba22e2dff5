import { formatProblem } from '../../actions/lib/errors/darkroom-error.ts';
import { buildGraph } from '../../actions/lib/graph/build-graph.ts';
import { hasSubstitute, upstreamsByKind } from '../../actions/lib/plan/pin-upstreams.ts';
import { readTexts, resolveImages } from '../../actions/lib/plan/read-sources.ts';
import { wantedUpstreams } from '../../actions/lib/plan/wanted-upstreams.ts';
import { type LockChange, resolveUpstreams } from '../../actions/lib/upstream/resolve-upstreams.ts';
import {
  type GlobalOptions,
  isOnLoopback,
  openWorkspace,
  writeLock,
} from '../../actions/lib/workspace/open-workspace.ts';
import { upstreamResolvers } from '../../actions/lib/workspace/plan-workspace.ts';
import { existingRegistry } from '../engine/existing-registry.ts';
import { machineRegistry } from '../machine-registry.ts';
import { forgetUpstreams, madeUpstreams } from '../made-upstreams.ts';
import { say } from '../say.ts';

/** `darkroom lock`: pins every upstream; with `--update` moves what moved, and lets made upstreams be made anew. */
export async function lock(options: GlobalOptions, own: { readonly update?: true }): Promise<void> {
  const workspace = await openWorkspace(options);
  const { source, matrix, lockFile } = workspace;
  try {
    const graph = buildGraph(matrix, resolveImages(matrix, source, await readTexts(matrix, source)));
    const wanted = wantedUpstreams(graph);
    const update = own.update ?? false;
    const resolvers = upstreamResolvers(machineRegistry(workspace.home).client, source.root);
    const resolved = await resolveUpstreams(upstreamsByKind(wanted), lockFile.lock, resolvers, { update });
    await writeLock(workspace, resolved.lock);
    const images = wanted.filter((one) => one.kind === 'image');
    if (update) await forgetUpstreams(images);
    const made = isOnLoopback(workspace) ? await madeUpstreams(await existingRegistry(say)) : null;
    const substituted = new Set(
      images.filter((one) => hasSubstitute(one, made)).map(({ name, platform }) => `${name} ${platform}`),
    );
    const open = resolved.unresolved.filter(({ what }) => !substituted.has(what));
    if (options.json) process.stdout.write(`${JSON.stringify({ version: 1, ...resolved })}\n`);
    else
      process.stdout.write(
        `${printChanges(resolved.changes)}${wanted.length - resolved.unresolved.length} of ${wanted.length} upstreams pinned in ${lockFile.path}\n`,
      );
    for (const { what, reason } of resolved.unresolved) {
      if (substituted.has(what))
        say(`${what}: not pinned; builds on this machine take another in its place (${reason.message})`);
    }
    for (const { reason } of open) say(formatProblem(reason));
    if (open.length > 0) process.exitCode = 1;
  } finally {
    await workspace.source.close();
  }
}

function printChanges(changes: readonly LockChange[]): string {
  return changes
    .map(({ what, from, to }) => `${what}: ${from === null ? '' : `${from} → `}${to ?? 'no longer needed'}\n`)
    .join('');
}

/**
 * Owns the network of our own engine. The engine is not left to write firewall rules: two daemons on one machine
 * empty each other's chains. A bridge and three rules, each with a comment that names them, do instead.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { DarkroomError } from '../../actions/lib/errors/darkroom-error.ts';

/** The bridge and the addresses of one engine. */
export interface EngineNetwork {
  /** Also the comment on its firewall rules. */
  readonly bridge: string;
  /** The first two numbers of its addresses: `10.N`, a /16. */
  readonly prefix: string;
  /** Largest packet that leaves this machine whole. */
  readonly mtu: number;
}

const ADMIN_PATH = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

/** Brings up the bridge and the rules; both survive being asked for twice. Undone by `closeNetwork`. */
export async function openNetwork(state: string): Promise<EngineNetwork> {
  const network = await chooseNetwork(state);
  const { bridge, prefix, mtu } = network;
  await run('ip', ['link', 'delete', bridge], 'may fail');
  await run('ip', ['link', 'add', bridge, 'mtu', String(mtu), 'type', 'bridge']);
  await run('ip', ['address', 'add', `${prefix}.0.1/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  for (const rule of firewallRules(network)) {
    await run('iptables', ['-w', '-t', rule.table, '-D', rule.chain, ...rule.match], 'may fail');
    await run('iptables', ['-w', '-t', rule.table, '-I', rule.chain, ...rule.match]);
  }
  return network;
}

/** Removes the bridges and the rules, if they are there. */
export async function closeNetwork(state: string): Promise<void> {
  const network = await readNetwork(state);
  if (network === undefined) return;
  for (const rule of firewallRules(network)) {
    await run('iptables', ['-w', '-t', rule.table, '-D', rule.chain, ...rule.match], 'may fail');
  }
  for (const bridge of await findBridges(network.prefix))
    await run('ip', ['link', 'delete', bridge], 'may fail');
}

/** The daemon leaves a bridge behind for every network that was created in it. */
async function findBridges(prefix: string): Promise<readonly string[]> {
  const { stdout } = await execa('ip', ['-json', '-4', 'address', 'show', 'type', 'bridge'], {
    reject: false,
    env: ADMIN_PATH,
  });
  const links = JSON.parse(stdout || '[]') as { ifname?: string; addr_info?: { local: string }[] }[];
  return links.flatMap(({ ifname, addr_info: addresses = [] }) =>
    ifname !== undefined && addresses.some(({ local }) => local.startsWith(`${prefix}.`)) ? [ifname] : [],
  );
}

/**
 * Chooses a /16 of 10.0.0.0/8 that no route of this machine touches.
 *
 * @param seed any number; two state folders with different seeds do not meet while both are being started
 * @param routes text of `/proc/net/route`: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html has
 * the same little-endian hexadecimal addresses
 */
export function choosePrefix(routes: string, seed: number): string | undefined {
  const taken = parseRoutes(routes);
  for (let step = 0; step < 128; step += 1) {
    const second = 100 + ((seed + step) % 128);
    const first = (10 << 24) | (second << 16);
    const meets = taken.some(({ network, mask }) => {
      const common = mask & 0xffff0000;
      return mask !== 0 && (network & common) === (first & common);
    });
    if (!meets) return `10.${second}`;
  }
  return undefined;
}

async function chooseNetwork(state: string): Promise<EngineNetwork> {
  const remembered = await readNetwork(state);
  if (remembered !== undefined) return remembered;
  const hash = createHash('sha256').update(state).digest();
  const routes = await readFile('/proc/net/route', 'utf8');
  const prefix = choosePrefix(routes, hash.readUInt32BE(4));
  if (prefix === undefined) {
    throw new DarkroomError({
      code: 'engine/no-network',
      message: 'Every network from 10.100.0.0/16 to 10.227.0.0/16 is in use.',
    });
  }
  const network = {
    bridge: `darkroom-${hash.toString('hex', 0, 3)}`,
    prefix,
    mtu: await outgoingMtu(routes),
  };
  await mkdir(state, { recursive: true });
  await writeFile(networkFile(state), JSON.stringify(network));
  return network;
}

function firewallRules({ bridge, prefix }: EngineNetwork) {
  const ours = `${prefix}.0.0/16`;
  const comment = ['-m', 'comment', '--comment', bridge];
  return [
    {
      table: 'nat',
      chain: 'POSTROUTING',
      match: ['-s', ours, '!', '-d', ours, ...comment, '-j', 'MASQUERADE'],
    },
    // A user's Docker sets the policy of this chain to DROP.
    { table: 'filter', chain: 'FORWARD', match: ['-s', ours, ...comment, '-j', 'ACCEPT'] },
    { table: 'filter', chain: 'FORWARD', match: ['-d', ours, ...comment, '-j', 'ACCEPT'] },
  ];
}

/** Larger packets than the way out takes would be lost without a word: answers are sized by what a container says. */
async function outgoingMtu(routes: string): Promise<number> {
  const way = routes.split('\n').find((line) => line.split('\t')[1] === '00000000');
  const text = await readFile(`/sys/class/net/${way?.split('\t')[0]}/mtu`, 'utf8').catch(() => '1500');
  return Math.min(1500, Number.parseInt(text, 10));
}

function parseRoutes(routes: string): readonly { network: number; mask: number }[] {
  return routes
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length > 7)
    .map((fields) => ({ network: littleEndian(fields[1] ?? ''), mask: littleEndian(fields[7] ?? '') }));
}

function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').readInt32LE();
}

async function readNetwork(state: string): Promise<EngineNetwork | undefined> {
  try {
    return JSON.parse(await readFile(networkFile(state), 'utf8')) as EngineNetwork;
  } catch {
    return undefined;
  }
}

function networkFile(state: string): string {
  return join(state, 'network.json');
}

async function run(program: string, args: readonly string[], tolerance?: 'may fail'): Promise<void> {
  const result = await execa(program, args, { reject: false, env: ADMIN_PATH });
  if (!result.failed || tolerance === 'may fail') return;
  throw new DarkroomError({
    code: 'engine/no-network',
    message: `"${program} ${args.join(' ')}" failed: ${result.stderr.trim() || result.shortMessage}`,
  });
}

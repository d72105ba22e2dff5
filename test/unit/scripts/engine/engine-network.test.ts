import { describe, expect, it } from '@jest/globals';
import { choosePrefix } from '../../../../scripts/engine/engine-network.ts';

const HEADER = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const DEFAULT = 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0';
/** The kernel prints addresses with the last number first. */
const route = (destination: string, mask: string): string =>
  `br0\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0`;

describe('choosing the addresses of an engine', () => {
  it('begins where the seed says and stays within 10.100 to 10.227', () => {
    expect(choosePrefix(`${HEADER}\n${DEFAULT}`, 0)).toBe('10.100');
    expect(choosePrefix(`${HEADER}\n${DEFAULT}`, 127)).toBe('10.227');
    expect(choosePrefix(`${HEADER}\n${DEFAULT}`, 128)).toBe('10.100');
    expect(choosePrefix(`${HEADER}\n${DEFAULT}`, 0xffffffff)).toBe('10.227');
  });

  it.each([
    ['the same /16', route('0000640A', '0000FFFF'), '10.101'],
    ['a smaller network inside it', route('0007640A', '00FFFFFF'), '10.101'],
    ['a single address inside it', route('0107640A', 'FFFFFFFF'), '10.101'],
    ['a larger network around it', route('0000640A', '0000FCFF'), '10.104'],
    ['a network beside it', route('0000650A', '0000FFFF'), '10.100'],
    ['a network elsewhere', route('000011AC', '0000FFFF'), '10.100'],
  ])('steps aside for %s', (_, taken, prefix) => {
    expect(choosePrefix(`${HEADER}\n${DEFAULT}\n${taken}\n`, 0)).toBe(prefix);
  });

  it('finds nothing where all of 10.0.0.0/8 is in use', () => {
    expect(choosePrefix(`${HEADER}\n${route('0000000A', '000000FF')}`, 0)).toBeUndefined();
  });
});

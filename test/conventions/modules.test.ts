import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const MODULES = 'scripts/engine/modules';

/** What a build would find out after minutes, and only on a machine that has not built it before. */
describe.each(readdirSync(MODULES))('the Go module "%s"', (name) => {
  const pins = readFileSync(`${MODULES}/${name}/go.mod`, 'utf8');
  const sums = readFileSync(`${MODULES}/${name}/go.sum`, 'utf8');
  const required = [...pins.matchAll(/^(?:require )?\s*(\S+\.\S+) (v\S+)/gm)].map(
    ([, module = '', version = '']) => ({ module, version }),
  );
  const program = readdirSync(`${MODULES}/${name}`).includes('main.go')
    ? readFileSync(`${MODULES}/${name}/main.go`, 'utf8')
    : '';
  const tools = [
    ...pins.matchAll(/^(?:tool )?\s*(\S+\.\S+\/\S+)$/gm),
    ...program.matchAll(/^\s*(?:_ )?"(\S+\.\S+\/\S+)"$/gm),
  ].map(([, tool = '']) => tool);

  it('pins tools', () => {
    expect(tools.length).toBeGreaterThan(0);
    expect(required.length).toBeGreaterThan(10);
  });

  it('has the checksum of every module it requires', () => {
    const lacking = required.filter(
      ({ module, version }) => !sums.includes(`${module} ${version}/go.mod h1:`),
    );
    expect(lacking).toEqual([]);
  });

  it('has the checksum of the sources of every tool', () => {
    const lacking = tools.filter((tool) => {
      const owner = required
        .filter(({ module }) => tool === module || tool.startsWith(`${module}/`))
        .sort((a, b) => b.module.length - a.module.length)[0];
      return owner === undefined || !sums.includes(`${owner.module} ${owner.version} h1:`);
    });
    expect(lacking).toEqual([]);
  });
});

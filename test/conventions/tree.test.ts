import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseMatrix } from '../../actions/lib/matrix/parse-matrix.ts';

const TRACKED = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(file));

describe('the tree', () => {
  it('keeps the top level to its fixed list', () => {
    const top = new Set(
      TRACKED.map((file) => file.split('/')[0] ?? '').filter((name) => !name.startsWith('.')),
    );
    const allowed = [
      ...['actions', 'containers', 'scripts', 'test', 'package.json', 'package-lock.json', 'tsconfig.json'],
      ...['action-matrix.yml', 'action-matrix.lock', 'README.md', 'LICENSE', 'CHANGELOG.md'],
    ];
    expect([...top].filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('names source files in kebab-case, and none after a dumping ground', () => {
    const sources = TRACKED.filter((file) => /\.m?ts$/.test(file)).map((file) => path.basename(file));
    expect(
      sources.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.nightly|\.config)?\.m?ts$/.test(name)),
    ).toEqual([]);
    expect(sources.filter((name) => /^(utils?|helpers?|common|types|misc|shared)\./.test(name))).toEqual([]);
  });

  it('locks the optional packages of every platform, without which npm ci refuses the lock', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const named = Object.values(lock.packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    expect(named.length).toBeGreaterThan(30);
    // scripts/complete-lock.ts adds what npm left out.
    expect(named.filter((name) => lock.packages[`node_modules/${name}`] === undefined)).toEqual([]);
  });

  it('names no host a module comes from', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
  });

  it('starts engines in tests only in folders of the tests', () => {
    const starters = TRACKED.filter(
      (file) => file.startsWith('test/') && !file.endsWith('tree.test.ts'),
    ).filter((file) => {
      const text = readFileSync(file, 'utf8');
      return /\bensure(?:Engine|Registry)\(/.test(text) && !/\bfolders\b/.test(text);
    });
    expect(starters).toEqual([]);
  });

  it('describes every script in scripts/README.md', () => {
    const readme = readFileSync('scripts/README.md', 'utf8');
    const scripts = TRACKED.filter((file) => /^scripts\/[^/]+$/.test(file)).map((file) =>
      path.basename(file),
    );
    expect(scripts.filter((name) => name !== 'README.md' && !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('describes every domain of actions/lib in actions/README.md', () => {
    const readme = readFileSync('actions/README.md', 'utf8');
    const domains = new Set(TRACKED.flatMap((file) => /^actions\/lib\/([^/]+)\//.exec(file)?.[1] ?? []));
    expect([...domains].filter((name) => !readme.includes(`\`${name}/\``))).toEqual([]);
  });

  it('names only files that are there on the map, actions/README.md', () => {
    const map = readFileSync('actions/README.md', 'utf8');
    const named = [...map.matchAll(/(?<![\w/.])(?:[a-z-]+\/)+[\w.*-]+/g)].map(([name]) =>
      name.replace(/\.$/, ''),
    );
    const places = (name: string) => [
      name,
      `actions/${name}`,
      `actions/lib/${name}`,
      `actions/lib/${name}.ts`,
    ];
    const missing = named.filter(
      (name) => !name.includes('*') && !places(name).some((file) => existsSync(file)),
    );
    expect(missing).toEqual([]);
  });

  it('links only to files that are there', () => {
    const pages = TRACKED.filter((file) => file.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? '')
        .filter((link) => !existsSync(path.resolve(path.dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('links only to headings that are there', () => {
    const pages = TRACKED.filter((file) => file.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?<link>(?!https?:)[^)#\s]*)#(?<heading>[^)\s]+)\)/g)]
        .map(({ groups }) => ({ link: groups?.link ?? '', heading: groups?.heading ?? '' }))
        .filter(({ link, heading }) => {
          const linked = link === '' ? page : path.join(path.dirname(page), link);
          return linked.endsWith('.md') && !anchorsOf(readFileSync(linked, 'utf8')).includes(heading);
        })
        .map(({ link, heading }) => `${page}: ${link}#${heading}`),
    );
    expect(broken).toEqual([]);
  });

  it('gives every image a .dockerignore and a user that is not root', () => {
    const matrix = parseMatrix(readFileSync('action-matrix.yml', 'utf8'), 'action-matrix.yml');
    const userOf = (image: string, target?: string): string | undefined => {
      const { dockerfile = '' } = matrix.images.get(image) ?? {};
      if (dockerfile === '') return undefined;
      const stages = readStages(readFileSync(dockerfile, 'utf8'));
      const stage = target === undefined ? stages.at(-1) : stages.find(({ as }) => as === target);
      if (stage === undefined || stage.user !== undefined) return stage?.user;
      const isStage = stages.some(({ as }) => as === stage.from);
      return isStage ? userOf(image, stage.from) : userOf(stage.from);
    };
    const wrong = [...matrix.images.values()].flatMap(({ name, context, target }) => {
      const user = userOf(name, target ?? undefined);
      const isRoot = user === undefined || user === 'root' || user === '0';
      return [
        ...(isRoot ? [`${name} runs as root`] : []),
        ...(existsSync(`${context}/.dockerignore`) ? [] : [`${name} has no .dockerignore`]),
      ];
    });
    expect(wrong).toEqual([]);
  });
});

/** What GitHub calls the headings of a page. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Stages of a Dockerfile: what they stand on, and the user they end with where they say one. */
function readStages(text: string): { from: string; as: string | undefined; user: string | undefined }[] {
  return text.split(/^(?=FROM )/m).flatMap((stage) => {
    const { from, as } = /^FROM (?:--\S+ )*(?<from>\S+)(?: AS (?<as>\S+))?/.exec(stage)?.groups ?? {};
    const user = [...stage.matchAll(/^USER\s+(\S+)/gm)].at(-1)?.[1];
    return from === undefined ? [] : [{ from, as, user }];
  });
}

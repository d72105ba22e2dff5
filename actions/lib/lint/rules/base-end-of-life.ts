import type { BaseFacts } from '../base-facts.ts';
import { baseSpan, releaseName, releaseOf } from '../base-release.ts';
import { compareVersions } from '../compare-versions.ts';
import cudaTags from '../data/deleted-cuda-tags.json' with { type: 'json' };
import facts from '../data/end-of-life.json' with { type: 'json' };
import type { Draft, Rule } from '../rule.ts';

/** A language or a distribution with the day of its last security fix. */
interface End {
  readonly what: string;
  readonly day: string;
}

const RELEASES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  Object.entries(facts.releases),
);
const LANGUAGE = /^docker\.io\/library\/(python|node|ruby)$/;
const CUDA = /^(docker\.io|nvcr\.io)\/nvidia\/cuda$/;
/** So many days before its end a release is spoken of. */
const NOTICE = 90;

/** What the base image brings gets no security fixes any more, or the image is gone. */
export const baseEndOfLife: Rule = {
  id: 'base-end-of-life',
  severity: 'warning',
  title: 'The base image gets no security fixes any more',
  covers: [],
  *check(file, { today }) {
    const seen = new Set<string>();
    for (const stage of file.stages) {
      const { base } = stage;
      if (base.kind !== 'image' || base.parent !== null || base.facts === null || seen.has(base.name))
        continue;
      seen.add(base.name);
      const draft = isDeleted(base.facts) ? deleted(base.name) : aged(endsOf(base.facts), today);
      if (draft !== null) yield { ...baseSpan(stage), ...draft };
    }
  },
};

function deleted(name: string): Pick<Draft, 'severity' | 'message'> {
  const message = `NVIDIA deleted "${name}" after the end of its support: take the last patch of that CUDA version, or a newer CUDA`;
  return { severity: 'error', message };
}

/** There is no `latest` of `nvidia/cuda` any more either. */
function isDeleted({ repository, tag, digest }: BaseFacts): boolean {
  const registry = CUDA.exec(repository)?.[1];
  if (registry === undefined || digest !== null) return false;
  if (tag === null || tag === 'latest') return true;
  // NVIDIA's own registry has kept tags that Docker Hub lost.
  if (registry !== 'docker.io') return false;
  const version = /^\d+\.\d+(?:\.\d+)?(?=-|$)/.exec(tag)?.[0];
  if (version === undefined) return false;
  return compareVersions(version, cudaTags.allBefore) < 0 || cudaTags.versions.includes(version);
}

function endsOf(base: BaseFacts): readonly End[] {
  const release = releaseOf(base);
  const distribution = release === null ? null : endOf(release.name, release.release, releaseName(release));
  const language = LANGUAGE.exec(base.repository)?.[1] ?? '';
  const version = base.tag === null ? null : /^\d+(?:\.\d+)?/.exec(base.tag)?.[0];
  const name = language.replace(/^./, (letter) => letter.toUpperCase());
  const own = version ? endOf(language, version, `${name} ${version}`) : null;
  return [own, distribution].flatMap((one) => one ?? []);
}

/** Looks for the release as written, else for its first number: `18` for `18.20`. */
function endOf(product: string, version: string, what: string): End | null {
  const releases = RELEASES.get(product) ?? {};
  const day = releases[version] ?? releases[version.split('.')[0] ?? ''];
  return day === undefined ? null : { what, day };
}

function aged(ends: readonly End[], today: string): Pick<Draft, 'severity' | 'message'> | null {
  const over = ends.filter(({ day }) => day < today);
  if (over.length > 0)
    return { message: `${sentence(over, 'got its last security fix on')}: take a newer release` };
  const soon = ends.filter(({ day }) => daysUntil(day, today) <= NOTICE);
  if (soon.length === 0) return null;
  return {
    severity: 'info',
    message: `${sentence(soon, 'gets its last security fix on')}: plan for a newer release`,
  };
}

function sentence(ends: readonly End[], says: string): string {
  return ends.map(({ what, day }) => `"${what}" ${says} ${day}`).join(', ');
}

function daysUntil(day: string, today: string): number {
  return (Date.parse(day) - Date.parse(today)) / 86_400_000;
}

import { posix } from 'node:path';
import { nearestName } from '../../errors/nearest-name.ts';
import type { YamlEntry, YamlScalar, YamlValue } from '../../matrix/yaml-tree.ts';
import { composeFiles, spanOf, valueAt } from '../compose-services.ts';
import type { LintedProject } from '../linted-project.ts';
import type { Draft, Rule } from '../rule.ts';

/** A Compose file that names a service, volume or network which it does not have. */
export const composeReferenceMissing: Rule = {
  id: 'compose-reference-missing',
  severity: 'error',
  title: 'A Compose file names what it does not have',
  covers: [],
  isOfProject: true,
  *check(_file, project) {
    for (const [file, { root }] of composeFiles(project)) {
      // Others are laid over one that they do not name.
      if (!/^(?:docker-)?compose\.ya?ml$/.test(posix.basename(file))) continue;
      if (valueAt(root, 'include') !== undefined) continue;
      for (const entry of entriesOf(valueAt(root, 'services'))) yield* draftsOf(entry, root, file, project);
    }
  },
};

/** What may be named, by the key of the file that holds it. */
type Kind = 'services' | 'volumes' | 'networks' | 'secrets' | 'configs';

function* draftsOf(
  service: YamlEntry,
  root: YamlValue | undefined,
  file: string,
  project: LintedProject,
): Iterable<Draft> {
  for (const [kind, one, name] of referencesIn(service.value)) {
    const known = namesOf(kind, root);
    if (known.includes(name) || !/^[\w.-]+$/.test(name)) continue;
    if (besides(file, project).some((other) => namesOf(kind, other).includes(name))) continue;
    const near = nearestName(name, known);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    const what = kind.slice(0, -1);
    const message = `service "${service.key}" names the ${what} "${name}", and this file has none under "${kind}"${hint}`;
    yield { file, ...spanOf(one, project.read(file) ?? ''), message };
  }
}

function* referencesIn(service: YamlValue): Iterable<readonly [Kind, YamlScalar, string]> {
  for (const one of scalarsOf(valueAt(service, 'depends_on'))) yield ['services', one, one.text];
  for (const one of scalarsOf(valueAt(service, 'links')))
    yield ['services', one, one.text.replace(/:.*$/, '')];
  const mode = valueAt(service, 'network_mode');
  if (mode?.kind === 'scalar' && mode.text.startsWith('service:'))
    yield ['services', mode, mode.text.slice(8)];
  for (const one of scalarsOf(valueAt(service, 'networks'))) yield ['networks', one, one.text];
  for (const kind of ['secrets', 'configs'] as const) {
    for (const one of itemsOf(valueAt(service, kind))) {
      const named = one.kind === 'scalar' ? one : valueAt(one, 'source');
      if (named?.kind === 'scalar') yield [kind, named, named.text];
    }
  }
  yield* volumesIn(service);
}

function* volumesIn(service: YamlValue): Iterable<readonly ['volumes', YamlScalar, string]> {
  for (const one of itemsOf(valueAt(service, 'volumes'))) {
    const named = one.kind === 'scalar' ? one : volumeSource(one);
    // `name:/path`; anything with a slash or a dot in front is a folder, and one path alone has no name.
    const name = named === undefined ? undefined : /^([a-zA-Z0-9][\w.-]+)(?=:\/|$)/.exec(named.text)?.[1];
    if (named !== undefined && name !== undefined && (one.kind !== 'scalar' || named.text.includes(':')))
      yield ['volumes', named, name];
  }
}

function volumeSource(volume: YamlValue): YamlScalar | undefined {
  const [type, source] = [valueAt(volume, 'type'), valueAt(volume, 'source')];
  const isVolume = type?.kind === 'scalar' && type.text === 'volume';
  return isVolume && source?.kind === 'scalar' ? source : undefined;
}

/** Items of a list. */
function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  return value?.kind === 'list' ? value.items : [];
}

/** Texts of a list, or the keys of a map as if they were. */
function scalarsOf(value: YamlValue | undefined): readonly YamlScalar[] {
  if (value?.kind === 'map')
    return value.entries.map(({ key, keyPlace, keyStart }) => ({
      ...{ kind: 'scalar', type: 'text', text: key, place: keyPlace, size: 1 },
      ...{ start: keyStart, end: keyStart + key.length },
    }));
  return itemsOf(value).flatMap((one) => (one.kind === 'scalar' ? one : []));
}

function entriesOf(value: YamlValue | undefined): readonly YamlEntry[] {
  return value?.kind === 'map' ? value.entries : [];
}

function namesOf(kind: Kind, root: YamlValue | undefined): readonly string[] {
  const own = entriesOf(valueAt(root, kind)).map(({ key }) => key);
  return kind === 'networks' ? [...own, 'default'] : own;
}

/** Compose files of the same folder may be laid over this one. */
function besides(file: string, project: LintedProject): readonly (YamlValue | undefined)[] {
  return [...composeFiles(project)].flatMap(([other, { root }]) =>
    other !== file && posix.dirname(other) === posix.dirname(file) ? [root] : [],
  );
}

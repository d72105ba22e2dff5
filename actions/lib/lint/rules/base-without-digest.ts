import { baseSpan } from '../base-release.ts';
import { finalStage, type LintedDockerfile, type LintedStage } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';

/** The image that the published stage stands on is named by a tag alone. */
export const baseWithoutDigest: Rule = {
  id: 'base-without-digest',
  severity: 'info',
  title: 'The base image is named by a tag alone',
  covers: [],
  isSaidOnce: true,
  *check(file, { files }) {
    const bottom = bottomOfFinal(file);
    if (bottom?.base.kind !== 'image' || file.build.isLocked || isGenerated(file)) return;
    const { facts, name, parent } = bottom.base;
    if (parent !== null || facts === null || facts.digest !== null) return;
    if (isLocal(facts.repository) || isOwn(bottom) || /(?:^|-)20\d{6}(?:\D|$)/.test(facts.tag ?? '')) return;
    const folder = `${facts.repository.split('/').at(-1) ?? ''}/`;
    if (files.some((path) => path.includes(folder) && `${folderOf(path)}/` === folder)) return;
    const message = `"${name}" may be another image tomorrow: name what was tested, as in "${tagged(name)}@sha256:…", and let a bot renew it`;
    yield { ...baseSpan(bottom), message };
  },
};

/** What is written anew by a program keeps no digest, and no bot can renew one in it. */
function isGenerated({ source: { text } }: LintedDockerfile): boolean {
  const lines = text.slice(0, 4000).split('\n');
  const first = lines.findIndex((line) => !/^\s*(?:#|$)/.test(line));
  const head = lines.slice(0, first === -1 ? lines.length : first).join('\n');
  return /\bdo not edit\b|\bgenerated (?:by|via|from|with|using)\b/i.test(head);
}

/** Folder that a Dockerfile is in: images are commonly named after it. */
function folderOf(path: string): string | undefined {
  return /(?:^|\/)([^/]+)\/[^/]*Dockerfile[^/]*$/i.exec(path)?.[1];
}

/** Official images of Docker Hub with more than one word: `my-base` is none, and lies on the machine that builds. */
const OFFICIAL = new Set([
  ...['api-firewall', 'azul-zulu', 'buildpack-deps', 'eclipse-mosquitto', 'eclipse-temurin', 'hello-world'],
  ...['ibm-semeru-runtimes', 'mongo-express', 'nats-streaming', 'open-liberty', 'php-zendserver'],
  ...['r-base', 'rakudo-star', 'websphere-liberty'],
]);

function isLocal(repository: string): boolean {
  const name = /^docker\.io\/library\/([^/]+)$/.exec(repository)?.[1];
  return name !== undefined && /[-_]/.test(name) && !OFFICIAL.has(name);
}

/** `${REGISTRY}/${OWNER}/base`: an image that the project makes itself is followed on purpose. */
function isOwn({ from: { command } }: LintedStage): boolean {
  const written = command.kind === 'from' ? command.base : '';
  const repository = written.replace(/:[^/}]*$/, '');
  return repository.includes('$') && !/^\$(?:\w+|\{[^}]*\})$/.test(repository);
}

function bottomOfFinal(file: LintedDockerfile): LintedStage | null {
  let stage = finalStage(file);
  while (stage?.base.kind === 'stage') stage = stage.base.stage;
  return stage;
}

function tagged(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}

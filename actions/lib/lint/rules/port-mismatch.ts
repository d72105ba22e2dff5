import { type ComposeService, servicesOf, spanOf, textsOf, valueAt } from '../compose-services.ts';
import {
  type LintedDockerfile,
  type LintedInstruction,
  type LintedStage,
  lineageOf,
} from '../linted-dockerfile.ts';
import type { LintedProject } from '../linted-project.ts';
import { type TiedUse, usesOf } from '../orchestration/tied-uses.ts';
import { usedCommand } from '../orchestration/used-command.ts';
import type { Draft, Rule } from '../rule.ts';
import { effective, leafStages, placedInstructions } from '../stage-places.ts';
import { startedProgram } from '../started-program.ts';

/** Places that name the port of one server and do not agree. */
export const portMismatch: Rule = {
  id: 'port-mismatch',
  severity: 'warning',
  title: 'A port is named that the server does not listen on',
  covers: [],
  *check(file, project) {
    const seen = new Set<number>();
    for (const leaf of leafStages(file)) {
      for (const draft of inDockerfile(leaf, file)) {
        if (!seen.has(draft.start)) yield draft;
        seen.add(draft.start);
      }
    }
    for (const service of servicesOf(file, project)) yield* inCompose(service, file, project);
    for (const tied of usesOf(file, project)) yield* inOrchestration(tied);
  },
};

function* inDockerfile(leaf: LintedStage, file: LintedDockerfile): Iterable<Draft> {
  const port = portOf(leaf);
  if (port === null) return;
  const exposed = exposedBy(leaf);
  const isOwn = (one: LintedInstruction) =>
    file.stages.some(({ instructions }) => instructions.includes(one));
  const [only, ...others] = exposed;
  if (only !== undefined && others.length === 0 && only.port !== port && isOwn(only.instruction)) {
    const { start, end } = only.instruction;
    yield {
      start,
      end,
      message: `"EXPOSE ${only.port}" stands for a port that nothing listens on: the server is started with port "${port}"`,
    };
  }
  const check = effective(leaf, 'HEALTHCHECK')?.instruction;
  const asked = check === undefined ? null : askedPort(check.body.text);
  if (check === undefined || asked === null || asked === port || !isOwn(check)) return;
  if (exposed.length > 1 && exposed.some((one) => one.port === asked)) return;
  yield { start: check.start, end: check.end, message: unhealthy(asked, port) };
}

function* inCompose(
  service: ComposeService,
  file: LintedDockerfile,
  project: LintedProject,
): Iterable<Draft> {
  const { value, target } = service;
  const stage =
    target === null ? file.stages.at(-1) : file.stages.find(({ name }) => name === target.toLowerCase());
  const isChanged = ['command', 'entrypoint', 'extends'].some((key) => valueAt(value, key) !== undefined);
  const port = stage === undefined || isChanged ? null : portOf(stage);
  if (stage === undefined || port === null) return;
  const isSecond = (other: string) =>
    exposedBy(stage).some((one) => one.port === other) && exposedBy(stage).length > 1;
  const text = project.read(service.file) ?? '';
  const ports = valueAt(value, 'ports');
  const [mapped, ...others] = ports?.kind === 'list' ? ports.items : [];
  const inside =
    mapped === undefined
      ? null
      : insidePort(textsOf(mapped)[0] ?? textsOf(valueAt(mapped, 'target'))[0] ?? null);
  if (
    mapped !== undefined &&
    others.length === 0 &&
    inside !== null &&
    inside !== port &&
    !isSecond(inside)
  ) {
    const message = `service "${service.name}" leads to port "${inside}" of the container, but the server is started with port "${port}": connections are refused`;
    yield { file: service.file, ...spanOf(mapped, text), message };
  }
  const test = valueAt(value, 'healthcheck', 'test');
  const asked = askedPort(textsOf(test).join(' '));
  if (test !== undefined && asked !== null && asked !== port && !isSecond(asked)) {
    yield { file: service.file, ...spanOf(test, text), message: unhealthy(asked, port) };
  }
}

/** Kubernetes and ECS: what is led there is refused, what is declared alone only says the wrong thing. */
function* inOrchestration(tied: TiedUse): Iterable<Draft> {
  const { use, stage } = tied;
  const port = use.ports.length === 0 ? null : portIn(usedCommand(tied)?.words ?? []);
  if (port === null) return;
  const exposed = exposedBy(stage).map((one) => one.port);
  const listed = new Set(use.ports.filter(({ why }) => why === 'declared').map((one) => one.port));
  for (const { port: other, why, start, end } of use.ports) {
    // A second server, or a second port of this one.
    const isSecond = exposed.length > 1 && exposed.includes(other);
    if (other === port || isSecond || (why === 'declared' && listed.size > 1)) continue;
    if (why !== 'declared' && listed.size > 1 && listed.has(other)) continue;
    const message =
      why === 'declared'
        ? `port "${other}" is declared, but the server is started with port "${port}"`
        : why === 'asked'
          ? unhealthy(other, port)
          : `connections are led to port "${other}" of the container, but the server is started with port "${port}": they are refused`;
    yield {
      file: use.file,
      start,
      end,
      message,
      ...(why === 'declared' ? { severity: 'info' as const } : {}),
    };
  }
}

function unhealthy(asked: string, port: string): string {
  return `the health check asks port "${asked}", but the server is started with port "${port}": every check fails`;
}

/** `EXPOSE 8000/tcp`; nothing at all where one of them is not literal or a range. */
function exposedBy(
  stage: LintedStage,
): readonly { readonly port: string; readonly instruction: LintedInstruction }[] {
  const all = placedInstructions(stage)
    .filter(({ instruction }) => instruction.keyword === 'EXPOSE')
    .flatMap(({ instruction }) =>
      instruction.body.text
        .split(/\s+/)
        .map((word) => ({ port: /^(\d+)(?:\/tcp)?$/i.exec(word)?.[1] ?? null, instruction })),
    );
  return all.flatMap(({ port, instruction }) => (port === null ? [] : { port, instruction }));
}

/** The one port of this machine that a test asks. */
function askedPort(test: string): string | null {
  const ports = new Set(
    [...test.matchAll(/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(\d+)\b/g)].map(
      (match) => match[1] ?? '',
    ),
  );
  const [port] = ports;
  return ports.size === 1 && port !== undefined ? port : null;
}

/** `5000` of `5000`, `8080:5000`, `127.0.0.1:8080:5000/tcp`. */
function insidePort(mapping: string | null): string | null {
  return /^(?:[^/]*:)?(\d+)(?:\/tcp)?$/.exec(mapping ?? '')?.[1] ?? null;
}

const SERVERS: Readonly<Record<string, RegExp>> = {
  uvicorn: /(?:^|\s)--port[= ](\d+)(?=\s|$)/,
  fastapi: /(?:^|\s)--port[= ](\d+)(?=\s|$)/,
  hypercorn: /(?:^|\s)(?:-b|--bind)[= ]?[^\s:]*:(\d+)(?=\s|$)/,
  gunicorn: /(?:^|\s)(?:-b|--bind)[= ]?[^\s:]*:(\d+)(?=\s|$)/,
  flask: /(?:^|\s)(?:-p|--port)[= ](\d+)(?=\s|$)/,
  streamlit: /(?:^|\s)--server\.port[= ](\d+)(?=\s|$)/,
  jupyter: /(?:^|\s)--port[= ](\d+)(?=\s|$)/,
  'http.server': /\shttp\.server\s+(\d+)(?=\s|$)/,
};

/** The port that a well-known server is started with, where it stands in `CMD` or `ENTRYPOINT` as a number. */
function portOf(stage: LintedStage): string | null {
  // The command of an entry point in another file is not seen.
  if (lineageOf(stage)[0]?.base.kind === 'unknown') return null;
  return portIn(startedProgram(stage)?.words ?? []);
}

function portIn(words: readonly string[]): string | null {
  const text = words.join(' ');
  if (/[$;&|]/.test(text)) return null;
  const server = Object.keys(SERVERS).find((name) =>
    words.slice(0, 5).some((word) => word === name || word.endsWith(`/${name}`)),
  );
  const ports = server === undefined ? [] : [...text.matchAll(new RegExp(SERVERS[server] ?? '', 'g'))];
  return ports.length === 1 ? (ports[0]?.[1] ?? null) : null;
}

/**
 * Cuts what the tests need out of GitHub's published description of its REST API into `test/contract/github-rest.json`:
 *
 *     npm pack @octokit/openapi@VERSION && tar xzf octokit-openapi-*.tgz
 *     node scripts/forge-contract.ts package
 *
 * The whole is some 13 MB; kept are the operations that Darkroom uses, their schemas without descriptions, and an example
 * of each answer, which the fake of a forge starts from.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const REPOSITORY = '/repos/{owner}/{repo}';
const ACTIONS = `${REPOSITORY}/actions`;
const OPERATIONS = [
  `get ${REPOSITORY}`,
  `get ${REPOSITORY}/contents/{path}`,
  `get ${REPOSITORY}/git/ref/{ref}`,
  `post ${REPOSITORY}/git/refs`,
  `patch ${REPOSITORY}/git/refs/{ref}`,
  `delete ${REPOSITORY}/git/refs/{ref}`,
  `get ${REPOSITORY}/git/commits/{commit_sha}`,
  `post ${REPOSITORY}/git/commits`,
  `post ${REPOSITORY}/git/trees`,
  `get ${REPOSITORY}/compare/{basehead}`,
  `get ${REPOSITORY}/pulls`,
  `post ${REPOSITORY}/pulls`,
  `patch ${REPOSITORY}/pulls/{pull_number}`,
  `get ${ACTIONS}/workflows`,
  `get ${ACTIONS}/workflows/{workflow_id}`,
  `post ${ACTIONS}/workflows/{workflow_id}/dispatches`,
  `get ${ACTIONS}/workflows/{workflow_id}/runs`,
  `get ${ACTIONS}/runs/{run_id}`,
  `get ${ACTIONS}/runs/{run_id}/jobs`,
  `get ${ACTIONS}/runs/{run_id}/artifacts`,
  `post ${ACTIONS}/runs/{run_id}/cancel`,
  `get ${ACTIONS}/jobs/{job_id}/logs`,
  `get ${ACTIONS}/artifacts/{artifact_id}/{archive_format}`,
  `get ${REPOSITORY}/installation`,
  'post /app/installations/{installation_id}/access_tokens',
  'get /user',
  'get /users/{username}',
  ...['orgs/{org}', 'users/{username}'].flatMap((owner) => {
    const versions = `/${owner}/packages/{package_type}/{package_name}/versions`;
    const version = `${versions}/{package_version_id}`;
    return [`get ${versions}`, `get ${version}`, `delete ${version}`];
  }),
];
/** Parameters that work, and that the description lacks: lists of packages have pages whoever owns them. */
const UNSAID: Readonly<Record<string, readonly string[]>> = {
  'get /users/{username}/packages/{package_type}/{package_name}/versions': ['page', 'per_page'],
};
/** Words for people. */
const SPOKEN = /^(description|title|example|examples|deprecated|externalDocs|format|x-.*)$/;
const FILE = path.resolve(import.meta.dirname, '../test/contract/github-rest.json');

const folder = process.argv[2];
if (folder === undefined) throw new Error('expected the folder of the unpacked package @octokit/openapi');
const about = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string };
const whole = JSON.parse(
  await readFile(path.join(folder, 'generated/api.github.com.json'), 'utf8'),
) as JsonObject;
const schemas: Record<string, Json> = {};

const cut = {
  source: `https://www.npmjs.com/package/@octokit/openapi, version ${about.version}, cut by scripts/forge-contract.ts`,
  licence: (await readFile(path.join(folder, 'LICENSE'), 'utf8')).trim(),
  operations: Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)])),
  schemas,
};
await writeFile(FILE, `${JSON.stringify(cut)}\n`);

function operation(name: string): Json {
  const [method = '', route = ''] = name.split(' ');
  const found = at(at(at(whole, 'paths'), route), method);
  const parameters = (found.parameters as readonly JsonObject[]).map(resolve);
  const body = found.requestBody === undefined ? undefined : jsonOf(found.requestBody as JsonObject);
  return {
    query: [
      ...parameters.flatMap((one) => (one.in === 'query' ? [one.name as string] : [])),
      ...(UNSAID[name] ?? []),
    ],
    ...(body === undefined ? {} : { body: slim(body.schema as Json) }),
    answers: Object.fromEntries(
      Object.entries(at(found, 'responses')).map(([status, answer]) => [
        status,
        answerOf(answer as JsonObject),
      ]),
    ),
  };
}

/** `null`: nothing is said of the body. */
function answerOf(answer: JsonObject): Json {
  const json = jsonOf(resolve(answer));
  if (json?.schema === undefined) return null;
  const example = Object.values((json.examples ?? {}) as JsonObject)[0] as JsonObject | undefined;
  const value = example === undefined ? undefined : resolve(example).value;
  return { schema: slim(json.schema), ...(value === undefined ? {} : { example: value }) };
}

function jsonOf(message: JsonObject): JsonObject | undefined {
  const content = (message.content ?? {}) as JsonObject;
  return (content['application/json'] ?? content['application/vnd.github.object']) as JsonObject | undefined;
}

/** A schema without words; those it names are kept beside it. */
function slim(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(slim);
  if (schema === null || typeof schema !== 'object') return schema;
  const { $ref, ...rest } = schema as JsonObject;
  if (typeof $ref === 'string') return { $ref: `#/schemas/${keep($ref)}` };
  const { nullable, ...strict } = rest;
  // Validators know "nullable" only beside a type.
  if (nullable === true && rest.type === undefined) return { anyOf: [{ type: 'null' }, slim(strict)] };
  const entries = Object.entries(rest).flatMap(([key, value]) => {
    if (key === 'properties') {
      const own = Object.entries(value as JsonObject).map(([name, inner]) => [name, slim(inner)]);
      return [[key, Object.fromEntries(own)]];
    }
    // Where null is allowed, a list of values does not name it.
    if (key === 'enum' && rest.nullable === true) return [[key, [...(value as readonly Json[]), null]]];
    return SPOKEN.test(key) ? [] : [[key, slim(value)]];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function keep(ref: string): string {
  const name = ref.replace('#/components/schemas/', '');
  if (!(name in schemas)) {
    schemas[name] = null;
    schemas[name] = slim(resolve({ $ref: ref }));
  }
  return name;
}

function resolve(node: JsonObject): JsonObject {
  if (typeof node.$ref !== 'string') return node;
  return resolve(node.$ref.slice(2).split('/').reduce<JsonObject>(at, whole));
}

function at(node: JsonObject, key: string): JsonObject {
  const value = node[key];
  if (value === null || typeof value !== 'object') throw new Error(`the description has no "${key}" there`);
  return value as JsonObject;
}

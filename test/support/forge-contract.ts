/** Holds requests and answers against GitHub's published description of its API, as far as test/contract has it. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

interface Contract {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, object>>;
}

interface Operation {
  readonly query: readonly string[];
  readonly body?: object;
  /** By status; `null` where nothing is said of the body. */
  readonly answers: Readonly<Record<string, { readonly schema: object; readonly example?: unknown } | null>>;
}

/** A request as it is compared. */
export interface ContractRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const FILE = new URL('../contract/github-rest.json', import.meta.url);
const CONTRACT = JSON.parse(readFileSync(FILE, 'utf8')) as Contract;
const AJV = new Ajv({ strict: false, allErrors: true, validateFormats: false });
AJV.addSchema({ $id: 'rest', schemas: CONTRACT.schemas });
const COMPILED = new Map<object, ValidateFunction>();
const ROUTES = Object.keys(CONTRACT.operations).map((name) => {
  const [method = '', route = ''] = name.split(' ');
  const pattern = route.replace(/\{(?:path|ref)\}/, '.+').replace(/\{[^}]+\}/g, '[^/]+');
  return { name, method: method.toUpperCase(), pattern: new RegExp(`^${pattern}$`) };
});

/** Name of the operation that a request is for, such as `get /user`. @throws when there is none, or the request breaks it */
export function checkRequest({ method, path, query, body }: ContractRequest): string {
  const name = ROUTES.find((route) => route.method === method && route.pattern.test(path))?.name;
  const operation = name === undefined ? undefined : CONTRACT.operations[name];
  if (name === undefined || operation === undefined) throw new Error(`no operation for ${method} ${path}`);
  const unknown = [...query.keys()].filter((key) => !operation.query.includes(key));
  if (unknown.length > 0) throw new Error(`${name} has no parameter ${unknown.join(', ')}`);
  if (operation.body !== undefined) validate(operation.body, body, `request of ${name}`);
  return name;
}

/** @throws when the description promises another body for this status */
export function checkAnswer(name: string, status: number, body: unknown): void {
  const described = CONTRACT.operations[name]?.answers[String(status)];
  if (described === undefined) throw new Error(`${name} never answers ${status}`);
  if (described !== null) validate(described.schema, body, `answer ${status} of ${name}`);
}

/** The description's own example of a successful answer. It is shared: spread it, never change it. */
export function exampleOf<T>(name: string, status = 200): T {
  const example = CONTRACT.operations[name]?.answers[String(status)]?.example;
  if (example === undefined) throw new Error(`${name} has no example for ${status}`);
  return example as T;
}

function validate(schema: object, value: unknown, what: string): void {
  const check = COMPILED.get(schema) ?? compile(schema);
  if (!check(value)) throw new Error(`${what}: ${AJV.errorsText(check.errors)}`);
}

function compile(schema: object): ValidateFunction {
  const check = AJV.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/schemas/', '"rest#/schemas/')));
  COMPILED.set(schema, check);
  return check;
}

/** Reads a plan back from the registry: a job of a workflow is told nothing of its plan but the digest. */
import { DarkroomError, type Problem } from '../errors/darkroom-error.ts';
import { parseImageReference } from '../image/image-reference.ts';
import { getJson } from '../registry/artifact.ts';
import type { RegistryClient } from '../registry/registry.ts';
import planSchema from './plan.schema.json' with { type: 'json' };
import type { Plan } from './plan.ts';

/**
 * Reads a stored plan.
 * @param ref `<registry>/darkroom@sha256:…`
 * @throws DarkroomError `plan/bad-reference`, `plan/not-found`, `plan/other-version`, `plan/bad-document`
 */
export async function readPlan(client: RegistryClient, ref: string): Promise<Plan> {
  const reference = parseImageReference(ref);
  if (reference.digest === undefined) {
    throw failure('bad-reference', {
      message: `The plan ${JSON.stringify(ref)} is named without a digest; a tag could be moved to another plan.`,
      hint: 'Give the output "plan" of the action "plan" as it is: <registry>/darkroom@sha256:….',
    });
  }
  const document = await getJson(client, reference);
  if (document !== null) return parsePlan(document, ref);
  throw failure('not-found', {
    message: `There is no plan at ${JSON.stringify(ref)}.`,
    hint: 'Run the job that plans again; the plan may have been deleted since.',
  });
}

/**
 * Checks that a document is a plan.
 * @param where names it in messages
 * @throws DarkroomError `plan/other-version`, `plan/bad-document`
 */
export async function parsePlan(document: unknown, where: string): Promise<Plan> {
  const version = (document as Partial<Plan> | null)?.version;
  if (version !== undefined && version !== 1) {
    throw failure('other-version', {
      message: `The plan ${JSON.stringify(where)} has version ${JSON.stringify(version)}, this is written for version 1.`,
      hint: 'Use the same version of Darkroom in every job of a workflow.',
    });
  }
  // Only jobs that are handed a plan pay for loading it. In a bundle a CommonJS module has no export but its default.
  const { Ajv2020 } = (await import('ajv/dist/2020.js')).default;
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Plan>(planSchema);
  if (!validate(document)) {
    const [error] = validate.errors ?? [];
    throw badDocument(where, `${error?.instancePath || 'the document'} ${error?.message ?? 'is wrong'}`);
  }
  const ids = new Set(document.images.map(({ id }) => id));
  if (ids.size < document.images.length) throw badDocument(where, 'two images have one id');
  const unknown = document.images
    .flatMap(({ bindings }) => Object.values(bindings))
    .find((id) => !ids.has(id));
  if (unknown !== undefined) throw badDocument(where, `the parent ${JSON.stringify(unknown)} is not in it`);
  return document;
}

function badDocument(where: string, flaw: string): DarkroomError {
  return failure('bad-document', {
    message: `What lies at ${JSON.stringify(where)} is no plan: ${flaw}.`,
    hint: 'Use the same version of Darkroom in every job of a workflow.',
  });
}

function failure(reason: string, problem: Omit<Problem, 'code'>): DarkroomError {
  return new DarkroomError({ code: `plan/${reason}`, ...problem });
}

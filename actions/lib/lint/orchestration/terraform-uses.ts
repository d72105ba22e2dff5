/** Containers in Terraform: ECS tasks, Batch jobs, and the state machines that start them. */
import { posix } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { type AwsDefinition, batchUse, ecsUses, stateUses } from './aws-uses.ts';
import { at, type ConfigValue, textOf, UNKNOWN } from './config-value.ts';
import { type HclBlock, hclBlocks, jsonIn } from './hcl-blocks.ts';
import type { ImageUse } from './image-use.ts';

/** A file of Terraform. */
export interface TerraformFile {
  /** Relative to the root of the project. */
  readonly file: string;
  readonly text: string;
}

/** The uses in all modules, each of which is a folder. */
export function terraformUses(files: readonly TerraformFile[], parser: Parser): readonly ImageUse[] {
  const modules = Map.groupBy(files, ({ file }) => posix.dirname(file));
  return [...modules.values()].flatMap((module) =>
    module.some(({ text }) => /aws_(?:ecs_task|batch_job)_definition/.test(text))
      ? moduleUses(module, parser)
      : [],
  );
}

function moduleUses(files: readonly TerraformFile[], parser: Parser): readonly ImageUse[] {
  const known = names(files.flatMap(({ text }) => hclBlocks(parser, text)));
  const read = files.map((file) => ({
    ...file,
    blocks: hclBlocks(parser, file.text, (one) => known.get(one) ?? null),
  }));
  const definitions = read.flatMap(({ file, text, blocks }) =>
    blocks.flatMap((block) => definitionOf(block, file, text) ?? []),
  );
  const started = read.flatMap(({ file, text, blocks }) =>
    blocks
      .filter(({ type, labels }) => type === 'resource' && labels[0] === 'aws_sfn_state_machine')
      .flatMap(({ body }) => stateUses(encoded(at(body, 'definition'), text), file, definitions)),
  );
  return [...definitions.flatMap(({ uses }) => uses), ...started];
}

function definitionOf({ type, labels, body }: HclBlock, file: string, text: string): AwsDefinition | null {
  const [kind = '', label = ''] = labels;
  if (type !== 'resource') return null;
  const written = [at(body, 'family'), at(body, 'name')].flatMap((one) => textOf(one)?.text ?? []);
  const names = [`${kind}.${label}`, ...written.filter((name) => !name.includes(UNKNOWN))];
  if (kind === 'aws_ecs_task_definition') {
    return { names, uses: ecsUses(encoded(at(body, 'container_definitions'), text), file) };
  }
  if (kind !== 'aws_batch_job_definition') return null;
  return { names, uses: batchUse(encoded(at(body, 'container_properties'), text), file) };
}

/** What `jsonencode` is given, or JSON in a here-document. */
function encoded(value: ConfigValue | undefined, text: string): ConfigValue | undefined {
  return value?.kind === 'scalar' ? (jsonIn(value, text) ?? undefined) : value;
}

/** Values of expressions that blocks of a module give; a variable may have another than its default. */
function names(blocks: readonly HclBlock[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { type, labels, body } of blocks) {
    const [first = '', second = ''] = labels;
    if (type === 'locals' && body.kind === 'map') {
      for (const { key, value } of body.entries) add(found, `local.${key}`, value);
    }
    if (type === 'resource' && first === 'aws_ecr_repository') {
      const name = textOf(at(body, 'name'))?.text ?? UNKNOWN;
      found.set(`${first}.${second}.repository_url`, `${UNKNOWN}/${name}`);
      found.set(`${first}.${second}.name`, name);
    }
  }
  return found;
}

function add(to: Map<string, string>, key: string, value: ConfigValue): void {
  if (value.kind === 'scalar' && value.reference === undefined) to.set(key, value.text);
}

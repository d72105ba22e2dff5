/** Containers of ECS tasks and Batch jobs, and what Step Functions changes of them when it starts one. */
import {
  at,
  atAny,
  type ConfigValue,
  isKnown,
  itemsOf,
  mapsIn,
  type PlacedText,
  textOf,
  UNKNOWN,
  wordsOf,
} from './config-value.ts';
import type { GivenCommand, GivenVariable, ImageUse, UsedPort } from './image-use.ts';

/** A task or job that can be started by its name. */
export interface AwsDefinition {
  /** Names and addresses under which it is started: `family`, `jobDefinitionName`, `aws_batch_job_definition.train`. */
  readonly names: readonly string[];
  readonly uses: readonly ImageUse[];
}

/** A container of an ECS task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html */
export function ecsUses(containers: ConfigValue | undefined, file: string): readonly ImageUse[] {
  return itemsOf(containers).flatMap((value) => {
    const image = textOf(at(value, 'image'));
    const name = textOf(at(value, 'name')) ?? image;
    if (image === null || name === null) return [];
    const health = at(value, 'healthCheck', 'command');
    return [
      {
        ...{ file, runner: 'ecs' as const, name, image, builtBy: null },
        entrypoint: commandOf(at(value, 'entryPoint')),
        command: commandOf(at(value, 'command')),
        workingFolder: textOf(at(value, 'workingDirectory')),
        ports: portsOf(value),
        probes: [commandOf(health) ?? []].flat(),
        environment: variablesOf(at(value, 'environment'), 'name'),
        mounts: mountsOf(at(value, 'mountPoints')),
        hasGpu: gpuOf(value),
      },
    ];
  });
}

/** The container of a Batch job: https://docs.aws.amazon.com/batch/latest/APIReference/API_ContainerProperties.html */
export function batchUse(container: ConfigValue | undefined, file: string): readonly ImageUse[] {
  const image = textOf(at(container, 'image'));
  if (container === undefined || image === null) return [];
  return [
    {
      ...{ file, runner: 'batch' as const, name: image, image, builtBy: null, entrypoint: null },
      command: commandOf(at(container, 'command')),
      ...{ workingFolder: null, ports: [], probes: [] },
      environment: variablesOf(at(container, 'environment'), 'name'),
      mounts: mountsOf(at(container, 'mountPoints')),
      hasGpu: gpuOf(container),
    },
  ];
}

/** Definitions in a JSON or YAML file, also the templates of CloudFormation among them. */
export function awsDefinitions(root: ConfigValue, file: string): readonly AwsDefinition[] {
  const found: AwsDefinition[] = [];
  for (const map of mapsIn(root)) {
    const containers = at(map, 'containerDefinitions');
    const properties = at(map, 'containerProperties');
    const names = [at(map, 'family'), at(map, 'jobDefinitionName')].flatMap((one) => textOf(one)?.text ?? []);
    if (containers !== undefined) found.push({ names, uses: ecsUses(containers, file) });
    if (properties !== undefined) found.push({ names, uses: batchUse(properties, file) });
  }
  return found;
}

/** What the states of a machine start, with what they change of it. */
export function stateUses(
  machine: ConfigValue | undefined,
  file: string,
  definitions: readonly AwsDefinition[],
): readonly ImageUse[] {
  if (machine === undefined || at(machine, 'States') === undefined) return [];
  const found: ImageUse[] = [];
  for (const state of mapsIn(at(machine, 'States'))) {
    const given = atAny(state, 'Parameters', 'Arguments');
    if (!/:(?:batch:submitJob|ecs:runTask)/.test(textOf(at(state, 'Resource'))?.text ?? '')) continue;
    const wanted = atAny(given, 'JobDefinition', 'TaskDefinition');
    const uses = definitions.filter((one) => isNamed(wanted, one)).flatMap((one) => one.uses);
    const jobs = atAny(given, 'ContainerOverrides');
    const overrides = jobs === undefined ? itemsOf(at(given, 'Overrides', 'ContainerOverrides')) : [jobs];
    for (const override of overrides) {
      const name = textOf(at(override, 'Name'))?.text;
      const meant = uses.filter((use) => name === undefined || use.name.text === name);
      if (meant.length === 1) found.push(...meant.map((use) => overridden(use, override, file)));
    }
  }
  return found;
}

function isNamed(wanted: ConfigValue | undefined, { names }: AwsDefinition): boolean {
  if (wanted?.kind !== 'scalar') return false;
  const reference = wanted.reference?.replace(/\.(?:arn|name|id|family|arn_prefix)$/, '');
  if (reference !== undefined) return names.includes(reference);
  const name = /(?:(?:job|task)-definition\/)?([\w-]+)(?::\d+)?$/.exec(wanted.text)?.[1];
  return name !== undefined && names.includes(name);
}

function overridden(use: ImageUse, override: ConfigValue, file: string): ImageUse {
  const place = { start: override.start, end: override.end };
  return {
    ...{ ...use, file, name: { ...place, text: use.name.text }, image: { ...place, text: use.image.text } },
    entrypoint: use.entrypoint === null ? null : { words: use.entrypoint.words, ...place },
    command: commandOf(at(override, 'Command')),
    ...{ ports: [], probes: [], hasGpu: null },
    environment: variablesOf(at(override, 'Environment'), 'Name'),
  };
}

function commandOf(value: ConfigValue | undefined): GivenCommand | null {
  if (value === undefined) return null;
  const words = wordsOf(value);
  // `Ref::name` is a parameter of a job, `States.…` and `{% %}` are computed.
  const isPlain = words?.every((word) => isKnown(word) && !/^Ref::|\{%|\$\{/.test(word.text)) === true;
  const { start, end } = value;
  return { words: isPlain ? (words?.map(({ text }) => text) ?? null) : null, start, end };
}

function variablesOf(value: ConfigValue | undefined, key: string): readonly GivenVariable[] {
  return itemsOf(value).flatMap((item) => {
    const name = textOf(at(item, key));
    if (name === null || !isKnown(name)) return [];
    const given = atAny(item, 'Value', 'value');
    const isOfRun =
      at(item, 'Value.$') !== undefined || (given?.kind === 'scalar' && /^\{%.*%\}$/s.test(given.text));
    return [{ name: name.text, isOfRun, ...wholeOf(name) }];
  });
}

function wholeOf({ start, end }: PlacedText) {
  return { start, end };
}

function portsOf(container: ConfigValue): readonly UsedPort[] {
  return itemsOf(at(container, 'portMappings')).flatMap((mapping) => {
    const port = textOf(at(mapping, 'containerPort'));
    const isUdp = textOf(at(mapping, 'protocol'))?.text === 'udp';
    return port === null || isUdp || !/^\d+$/.test(port.text)
      ? []
      : [{ port: port.text, why: 'led' as const, start: port.start, end: port.end }];
  });
}

function mountsOf(value: ConfigValue | undefined): readonly string[] | null {
  const paths = itemsOf(value).map((mount) => textOf(at(mount, 'containerPath'))?.text ?? UNKNOWN);
  return paths.some((path) => path.includes(UNKNOWN)) || (value !== undefined && value.kind !== 'list')
    ? null
    : paths;
}

function gpuOf(container: ConfigValue): boolean | null {
  const needs = at(container, 'resourceRequirements');
  if (needs === undefined) return false;
  if (needs.kind !== 'list') return null;
  const types = needs.items.map((one) => textOf(at(one, 'type'))?.text ?? UNKNOWN);
  return types.includes('GPU') ? true : types.includes(UNKNOWN) ? null : false;
}

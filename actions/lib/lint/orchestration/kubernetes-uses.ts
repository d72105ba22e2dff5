/** Containers in manifests of Kubernetes. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
import {
  at,
  type ConfigValue,
  entriesOf,
  entryAt,
  isKnown,
  itemsOf,
  type PlacedText,
  textOf,
  UNKNOWN,
  wordsOf,
} from './config-value.ts';
import type { GivenCommand, ImageUse, UsedPort } from './image-use.ts';

/** Where the pod lies in each kind of object. */
const PODS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** A container with the object it is of. */
export interface KubernetesContainer {
  readonly value: ConfigValue;
  readonly pod: ConfigValue;
  readonly object: ConfigValue;
  /** Runs before the others. */
  readonly isFirst: boolean;
}

/** The containers of every object in a file; `List`s are looked into. */
export function kubernetesContainers(documents: readonly ConfigValue[]): readonly KubernetesContainer[] {
  return objectsIn(documents).flatMap((object) => {
    const keys = PODS[textOf(at(object, 'kind'))?.text ?? ''];
    const pod =
      keys === undefined || at(object, 'apiVersion') === undefined ? undefined : at(object, ...keys);
    if (pod === undefined) return [];
    const listed = (key: string, isFirst: boolean) =>
      itemsOf(at(pod, key)).map((value) => ({ value, pod, object, isFirst }));
    return [...listed('initContainers', true), ...listed('containers', false)];
  });
}

/** The containers as uses of images. */
export function kubernetesUses(documents: readonly ConfigValue[], file: string): readonly ImageUse[] {
  const containers = kubernetesContainers(documents);
  return containers.flatMap((container) => {
    const { value } = container;
    const [name, image] = [textOf(at(value, 'name')), textOf(at(value, 'image'))];
    if (name === null || image === null || !isWritten(image)) return [];
    const alone = containers.filter(({ pod, isFirst }) => pod === container.pod && !isFirst).length === 1;
    return [
      {
        ...{ file, runner: 'kubernetes' as const, name, image, builtBy: null },
        entrypoint: commandOf(at(value, 'command')),
        command: commandOf(at(value, 'args')),
        workingFolder: textOf(at(value, 'workingDir')),
        ports: [...ownPorts(value), ...(alone ? ledPorts(container, documents) : [])],
        probes: probesOf(value).flatMap((probe) => commandOf(at(probe, 'exec', 'command')) ?? []),
        environment: itemsOf(at(value, 'env')).flatMap((variable) => {
          const written = textOf(at(variable, 'name'));
          return written === null ? [] : [{ ...written, name: written.text, isOfRun: false }];
        }),
        mounts: mountsOf(value),
        hasGpu: container.isFirst ? null : hasGpu(container),
      },
    ];
  });
}

function objectsIn(documents: readonly ConfigValue[]): readonly ConfigValue[] {
  return documents.flatMap((document) =>
    textOf(at(document, 'kind'))?.text === 'List' ? itemsOf(at(document, 'items')) : [document],
  );
}

/** `$(IMAGE)`, `<your-image>` and the like are put in before anything runs. */
function isWritten({ text }: PlacedText): boolean {
  return !/[$<{%]/.test(text);
}

function commandOf(value: ConfigValue | undefined): GivenCommand | null {
  if (value === undefined) return null;
  const words = wordsOf(value)?.map(({ text }) => text) ?? null;
  // `$(NAME)` is a variable of the container.
  const isPlain = words?.every((word) => !word.includes('$(')) === true;
  return { words: isPlain ? words : null, start: value.start, end: value.end };
}

function probesOf(container: ConfigValue): readonly ConfigValue[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) => at(container, key) ?? []);
}

function ownPorts(container: ConfigValue): readonly UsedPort[] {
  const declared = itemsOf(at(container, 'ports')).flatMap((one) =>
    portOf(
      /^(?:UDP|SCTP)$/.test(textOf(at(one, 'protocol'))?.text ?? '') ? undefined : at(one, 'containerPort'),
      'declared',
    ),
  );
  const asked = probesOf(container).flatMap((probe) =>
    ['httpGet', 'tcpSocket', 'grpc'].flatMap((how) =>
      at(probe, how, 'host') === undefined ? portOf(at(probe, how, 'port'), 'asked') : [],
    ),
  );
  return [...declared, ...asked];
}

/** Ports that services in the same file lead to, where their selector takes this pod. */
function ledPorts({ object }: KubernetesContainer, documents: readonly ConfigValue[]): readonly UsedPort[] {
  const labels =
    textOf(at(object, 'kind'))?.text === 'Pod'
      ? at(object, 'metadata', 'labels')
      : at(object, 'spec', 'template', 'metadata', 'labels');
  return objectsIn(documents).flatMap((service) => {
    const selector = entriesOf(at(service, 'spec', 'selector'));
    const isFor =
      textOf(at(service, 'kind'))?.text === 'Service' &&
      selector.length > 0 &&
      selector.every(({ key, value }) => textOf(at(labels, key))?.text === textOf(value)?.text);
    if (!isFor) return [];
    return itemsOf(at(service, 'spec', 'ports')).flatMap((one) => portOf(at(one, 'targetPort'), 'led'));
  });
}

function portOf(value: ConfigValue | undefined, why: UsedPort['why']): readonly UsedPort[] {
  const port = textOf(value);
  return port === null || !/^\d+$/.test(port.text)
    ? []
    : [{ port: port.text, why, start: port.start, end: port.end }];
}

function mountsOf(container: ConfigValue): readonly string[] | null {
  const paths = itemsOf(at(container, 'volumeMounts')).map((mount) => textOf(at(mount, 'mountPath')));
  return paths.some((path) => path === null || !isKnown(path))
    ? null
    : paths.map((path) => path?.text ?? UNKNOWN);
}

/** `nvidia.com/gpu`, `nvidia.com/mig-1g.5gb`; a claim or a class of its own may bring one as well. */
function hasGpu({ value, pod }: KubernetesContainer): boolean | null {
  const resources = at(value, 'resources');
  const names = ['limits', 'requests'].flatMap((key) =>
    entriesOf(at(resources, key)).map((entry) => entry.key),
  );
  if (names.some((name) => name.includes('/'))) return true;
  if (at(resources, 'claims') !== undefined || at(pod, 'resourceClaims') !== undefined) return null;
  if (at(pod, 'runtimeClassName') !== undefined) return null;
  const hides = itemsOf(at(value, 'env')).some((one) =>
    /VISIBLE_DEVICES$/.test(textOf(at(one, 'name'))?.text ?? ''),
  );
  const shares = entryAt(value, 'securityContext') !== undefined || at(pod, 'hostPID') !== undefined;
  return hides || shares ? null : false;
}

import { composeGpuFaults } from '../compose-gpu-faults.ts';
import { composeFiles, spanOf } from '../compose-services.ts';
import { oncePerProject } from '../once-per-project.ts';
import { at, type ConfigEntry, entriesOf, textOf } from '../orchestration/config-value.ts';
import type { KubernetesContainer } from '../orchestration/kubernetes-uses.ts';
import type { Draft, Rule } from '../rule.ts';

/** A GPU asked of Kubernetes or Compose in a way that they refuse. */
export const gpuRequestInvalid: Rule = {
  id: 'gpu-request-invalid',
  severity: 'error',
  title: 'What a container asks of GPUs is refused',
  covers: [],
  isOfProject: true,
  check: (_file, project) => findAll(project),
};

const findAll = oncePerProject(function* (project) {
  for (const [file, { all }] of composeFiles(project)) {
    const text = project.read(file) ?? '';
    for (const [name, service] of all) {
      for (const { value, severity, message } of composeGpuFaults(service)) {
        yield { file, severity, ...spanOf(value, text), message: `service "${name}": ${message}` };
      }
    }
  }
  for (const [file, containers] of project.orchestration.containers) {
    for (const container of containers) for (const draft of draftsFor(container)) yield { file, ...draft };
  }
});

const GPU = /^(?:nvidia\.com\/(?:gpu(?:\.shared)?|mig-[\w.]+)|amd\.com\/gpu|gpu\.intel\.com\/\w+)$/;

/** What people write for `nvidia.com/gpu`. */
const WRONG =
  /^(?:nvidia\.com\/(?:gpus|GPUs?)|nvidia\.com\.gpu|nvidia\/gpus?|alpha\.kubernetes\.io\/nvidia-gpu|gpus?|nvidia-gpu)$/;

function* draftsFor({ value }: KubernetesContainer): Iterable<Draft> {
  const [limits, requests] = ['limits', 'requests'].map((key) => entriesOf(at(value, 'resources', key)));
  for (const entry of [...(limits ?? []), ...(requests ?? [])]) {
    const message = wrongName(entry) ?? wrongNumber(entry);
    if (message !== null) yield { ...placeOf(entry), message };
  }
  for (const entry of requests ?? []) {
    if (!GPU.test(entry.key)) continue;
    const limit = limits?.find(({ key }) => key === entry.key);
    const [asked, most] = [textOf(entry.value)?.text, textOf(limit?.value)?.text];
    if (limit === undefined) {
      const message = `"${entry.key}" is requested without a limit, which Kubernetes refuses: GPUs are not shared; write it under "limits"`;
      yield { ...placeOf(entry), message };
    } else if (asked !== most && asked !== undefined && most !== undefined) {
      const message = `"${entry.key}" is requested as "${asked}" and limited to "${most}", which Kubernetes refuses: both have to be the same; keep the one under "limits"`;
      yield { ...placeOf(entry), message };
    }
  }
}

function wrongName({ key }: ConfigEntry): string | null {
  if (!WRONG.test(key)) return null;
  const why = key.startsWith('alpha.')
    ? 'Kubernetes took this name away in 1.11'
    : 'no device plugin of NVIDIA offers this name';
  return `"${key}" gives no GPU: ${why}, and the pod is refused or waits for ever; write "nvidia.com/gpu"`;
}

function wrongNumber({ key, value }: ConfigEntry): string | null {
  const text = textOf(value)?.text ?? '';
  if (!GPU.test(key) || !/^\d*\.\d*[1-9]\d*$|^\d+m$/.test(text)) return null;
  return `"${key}: ${text}" asks for a part of a device, which Kubernetes refuses; write a whole number`;
}

function placeOf({ key, keyStart, value }: ConfigEntry) {
  return { start: keyStart, end: Math.max(value.end, keyStart + key.length) };
}

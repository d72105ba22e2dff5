/** What Compose refuses in a service's request for GPUs, or takes and gives none. */
import type { YamlMap, YamlValue } from '../matrix/yaml-tree.ts';
import { textsOf, valueAt } from './compose-services.ts';
import type { Severity } from './finding.ts';

/** A part of a service that is wrong, and why. */
export interface ComposeGpuFault {
  readonly value: YamlValue;
  readonly severity: Severity;
  readonly message: string;
}

/** Places where people reserve devices and Compose knows none. */
export const MISPLACED_DEVICES = [
  ['deploy', 'devices'],
  ['deploy', 'reservations', 'devices'],
  ['deploy', 'resources', 'devices'],
  ['deploy', 'resources', 'limits', 'devices'],
] as const;

/** Source: the JSON schema of the Compose specification, whose `deploy` and `resources` allow no other keys. */
export function* composeGpuFaults(service: YamlMap): Iterable<ComposeGpuFault> {
  for (const keys of MISPLACED_DEVICES) {
    const value = valueAt(service, ...keys);
    const message = `"${keys.join('.')}" reserves nothing, and Compose refuses it; devices belong under "deploy.resources.reservations"`;
    if (value !== undefined) yield { value, severity: 'error', message };
  }
  const devices = valueAt(service, 'deploy', 'resources', 'reservations', 'devices');
  for (const value of devices?.kind === 'list' ? devices.items : []) {
    if (value.kind !== 'map' || textsOf(valueAt(value, 'driver'))[0] === 'cdi') continue;
    const refused = refusedDevice(value);
    const useless = uselessDevice(value);
    if (refused !== null) yield { value, severity: 'error', message: refused };
    else if (useless !== null) yield { value, severity: 'warning', message: useless };
  }
}

const CAPABILITIES = [
  'gpu',
  'nvidia',
  'compute',
  'utility',
  'graphics',
  'video',
  'display',
  'compat32',
  'ngx',
  'tpu',
];

function refusedDevice(device: YamlMap): string | null {
  const capabilities = valueAt(device, 'capabilities');
  if (capabilities === undefined) {
    return 'a device is reserved without "capabilities", which Compose refuses; write "capabilities: [gpu]"';
  }
  if (capabilities.kind === 'scalar') {
    return `"capabilities" is the text "${capabilities.text}", where Compose takes a list only; write "capabilities: [gpu]"`;
  }
  if (valueAt(device, 'count') !== undefined && valueAt(device, 'device_ids') !== undefined) {
    return '"count" and "device_ids" exclude each other, and Compose refuses both together; keep one of them';
  }
  return null;
}

/** What only the daemon refuses, when the container is to start: another one may know more. */
function uselessDevice(device: YamlMap): string | null {
  const unknown = textsOf(valueAt(device, 'capabilities')).find(
    (text) => text !== null && !CAPABILITIES.includes(text),
  );
  if (unknown != null) {
    return `no driver has the capability "${unknown}": the container does not start; write "capabilities: [gpu]"`;
  }
  const [driver] = textsOf(valueAt(device, 'driver'));
  if (driver != null && driver !== 'nvidia' && /^(?:nv\w*|gpu|cuda)$/i.test(driver)) {
    return `there is no driver "${driver}": the container does not start; write "driver: nvidia"`;
  }
  return textsOf(valueAt(device, 'count'))[0] === '0'
    ? '"count: 0" reserves no GPU; write a number, or "all"'
    : null;
}

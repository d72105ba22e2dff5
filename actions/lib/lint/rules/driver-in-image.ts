import { type InstalledPackage, installsOf } from '../installs.ts';
import { factsOf, lineageOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';
import { shippedStages } from '../shipped-stages.ts';

const SYSTEM = new Set(['apt', 'dnf', 'apk']);
const DRIVER =
  /^(?:nvidia-(?:driver|headless|utils|kernel|dkms|compute-utils|open|settings)(?:-.*)?|(?:lib)?nvidia-compute-.*|libnvidia-(?:gl|encode|decode|cfg1|fbc1|extra)-\d.*|cuda-drivers(?:-.*)?|xserver-xorg-video-nvidia.*|kmod-nvidia.*)$/;
/** They bring the driver with the toolkit. */
const WITH_DRIVER = /^cuda(?:-\d+-\d+)?$/;
const TOOLKIT = /^nvidia-(?:container-toolkit|container-runtime|docker2)(?:-.*)?$/;
const ENGINE = /^(?:docker(?:-ce|\.io)?|moby-engine|containerd(?:\.io)?|cri-o|podman)$/;

/** The driver is the host's: it is mounted into every container that gets a GPU. */
export const driverInImage: Rule = {
  id: 'driver-in-image',
  severity: 'warning',
  title: 'The NVIDIA driver is installed into an image',
  covers: [],
  *check(file) {
    for (const stage of shippedStages(file)) {
      const all = lineageOf(stage).flatMap(({ instructions }) => instructions.flatMap(installsOf));
      const hasEngine =
        /\/(?:docker(?:-dind)?|k3s|k3d|kindest\/node|rke2-runtime)$/.test(factsOf(stage)?.repository ?? '') ||
        all.some(({ packages }) => packages.some(({ name }) => ENGINE.test(name)));
      for (const { manager, packages } of stage.instructions.flatMap(installsOf)) {
        if (!SYSTEM.has(manager)) continue;
        for (const { name, word } of packages) {
          const message = messageOf(name.replace(/:\w+$/, ''), hasEngine);
          if (message !== null) yield { start: word.start, end: word.end, message };
        }
      }
    }
  },
};

function messageOf(name: InstalledPackage['name'], hasEngine: boolean): string | null {
  if (DRIVER.test(name)) {
    return `"${name}" puts a driver into the image, which does not fit the host's and is in the way of the one that is mounted: leave it out`;
  }
  if (WITH_DRIVER.test(name)) {
    const toolkit = name.replace('cuda', 'cuda-toolkit');
    return `"${name}" brings a driver into the image, which the host mounts: install "${toolkit}" or single libraries`;
  }
  if (TOOLKIT.test(name) && !hasEngine) {
    return `"${name}" gives containers GPUs from outside, and does nothing inside one: install it on the host`;
  }
  return null;
}

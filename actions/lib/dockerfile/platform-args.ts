/** Spells a platform as BuildKit does: `linux/arm64/v8` is `linux/arm64`, `linux/arm` is `linux/arm/v7`. */
export function normalizePlatform(platform: string): string {
  const { os, arch, variant } = splitPlatform(platform);
  return [os, arch, variant].filter((part) => part !== '').join('/');
}

/**
 * Returns the variables every Dockerfile has in its `FROM` lines and, after `ARG`, in its stages.
 * Those of the builder's own platform (`BUILD…`) are `null`: they are no input of a plan. Build args override both.
 * https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
 */
export function platformArgs(
  platform: string,
  stage: string,
  args: Readonly<Record<string, string>>,
): Map<string, string | null> {
  const { os, arch, variant } = splitPlatform(platform);
  const values = new Map<string, string | null>([
    ['BUILDPLATFORM', null],
    ['BUILDOS', null],
    ['BUILDOSVERSION', null],
    ['BUILDARCH', null],
    ['BUILDVARIANT', null],
    ['TARGETPLATFORM', normalizePlatform(platform)],
    ['TARGETOS', os],
    ['TARGETOSVERSION', ''],
    ['TARGETARCH', arch],
    ['TARGETVARIANT', variant],
    ['TARGETSTAGE', stage],
  ]);
  for (const name of values.keys()) {
    const given = argValue(args, name);
    if (given !== undefined) values.set(name, given);
  }
  return values;
}

/** The value of a build arg, safe for names such as `constructor`. */
export function argValue(args: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(args, name) ? args[name] : undefined;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  'x86-64': 'amd64',
  x86_64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
};

function splitPlatform(platform: string): { os: string; arch: string; variant: string } {
  const [os = '', written = '', version = ''] = platform.toLowerCase().split('/');
  const arch = ARCHITECTURES[written] ?? written;
  const variant = arch === 'arm' && version === '' ? 'v7' : version.replace(/^(?=\d)/, 'v');
  const usual = (arch === 'arm64' && variant === 'v8') || (arch === 'amd64' && variant === 'v1');
  return { os, arch, variant: usual ? '' : variant };
}

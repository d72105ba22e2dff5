import { reachesCommand } from '../command-environment.ts';
import { isNvidiaPytorch, lineageInstructions } from '../cuda-base.ts';
import { type ExtensionBuild, extensionBuilds } from '../cuda-extensions.ts';
import type { Fix, Severity } from '../finding.ts';
import { installsOf } from '../installs.ts';
import { invocationOf } from '../invocation.ts';
import { factsOf } from '../linted-dockerfile.ts';
import type { Rule } from '../rule.ts';

const OFF = [
  '--no-build-isolation',
  '--no-use-pep517',
  '--global-option',
  '--no-build-isolation-package',
  '--only-binary',
  '--no-build',
];
const OFF_VARIABLES = [
  'PIP_NO_BUILD_ISOLATION',
  'UV_NO_BUILD_ISOLATION',
  'UV_NO_BUILD_ISOLATION_PACKAGE',
  'PIP_CONFIG_FILE',
];
/** Their authors ask for it in the instructions to install them. */
const ASKED_FOR = new Set([
  'flash-attn',
  'flash-attention',
  'apex',
  'pytorch3d',
  'detectron2',
  'torch-scatter',
  'diso',
  'xformers',
]);

/** An isolated build does not see the PyTorch that was installed. */
export const buildIsolation: Rule = {
  id: 'build-isolation',
  severity: 'warning',
  title: 'An extension is built where it cannot see PyTorch',
  covers: [],
  *check({ stages }, project) {
    for (const build of stages.flatMap((stage) => extensionBuilds(stage, project))) {
      const { extension, written, start, end } = build;
      const severity = severityOf(build);
      // Without PyTorch these build as well, but without their operators.
      const isLenient = extension.names.includes('mmcv') || extension.names.includes('gsplat');
      if (severity === null || isLenient || (build.isByName && hasOtherWheels(build))) continue;
      const message = `"${written}" needs torch while it is built, and an isolated build does not see the one that is installed: use "--no-build-isolation", with setuptools, wheel and ninja installed before`;
      const fix = fixOf(build);
      yield fix === null ? { start, end, severity, message } : { start, end, severity, message, fix };
    }
  },
};

/** A warning where it is isolated for certain, advice where that depends on the age of pip, else `null`. */
function severityOf(build: ExtensionBuild): Severity | null {
  const { install, extension, stage } = build;
  if (install === null || install.options.some(([name]) => OFF.includes(name))) return null;
  if (OFF_VARIABLES.some((name) => reachesCommand(name, build))) return null;
  if (install.program === 'uv pip') return 'warning';
  if (!extension.names.some((name) => ASKED_FOR.has(name))) return isNewestPip(build) ? 'warning' : null;
  if (isNewestPip(build)) return 'warning';
  return isNvidiaPytorch(stage) || factsOf(stage) === null ? null : 'info';
}

/** From 25.3 on pip always isolates; before it, a package without pyproject.toml was built in place. */
function isNewestPip({ stage, start }: ExtensionBuild): boolean {
  return lineageInstructions(stage)
    .flatMap(installsOf)
    .some(
      ({ command, packages, options }) =>
        command.start < start &&
        packages.some(({ name, constraint }) => name === 'pip' && constraint === '') &&
        options.some(([name]) => name === '--upgrade' || /^-\w*U/.test(name)),
    );
}

function hasOtherWheels({ install }: ExtensionBuild): boolean {
  return (install?.options ?? []).some(([name]) =>
    ['-f', '--find-links', '-i', '--index-url', '--extra-index-url'].includes(name),
  );
}

function fixOf({ command }: ExtensionBuild): Fix | null {
  const verb = invocationOf(command)?.args.find(({ text }) => text === 'install');
  if (verb === undefined) return null;
  const edits = [{ start: verb.end, end: verb.end, text: ' --no-build-isolation' }];
  return { description: 'build where torch is installed', safe: false, edits };
}

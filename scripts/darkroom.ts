/** The command line: what can be asked for, and how errors reach the person. Behaviour lives in `commands/`. */
import { enableCompileCache } from 'node:module';
import { Argument, Command, CommanderError, Option } from 'commander';
import { systemReason } from '../actions/lib/errors/system-reason.ts';
import type { GlobalOptions } from '../actions/lib/workspace/open-workspace.ts';
import type { DispatchCommandOptions } from './commands/dispatch.ts';
import type { ImportOptions } from './commands/import.ts';
import type { LintOptions } from './commands/lint.ts';
import type { PlanCommandOptions } from './commands/plan.ts';
import type { PruneCommandOptions } from './commands/prune.ts';
import type { PublishCommandOptions } from './commands/publish.ts';
import type { ReconstructOptions } from './commands/reconstruct.ts';
import type { RefreshCommandOptions } from './commands/refresh.ts';

// Stripping types and compiling is most of a short run; the second run finds it done.
if (import.meta.main) enableCompileCache();

/** Every verb with its options. */
export const program = withCommonOptions(new Command('darkroom'))
  .description(
    'Develops only what changed: plans a graph of container images, builds what has no key, publishes.',
  )
  .enablePositionalOptions()
  .exitOverride();

verb('init', 'write a first action-matrix.yml from the Dockerfiles in the repository').action(
  async (_, command) => (await import('./commands/init.ts')).init(common(command)),
);
verb('import', 'write a first action-matrix.yml from a Bake or Compose file')
  .argument(
    '<files...>',
    'docker-bake.hcl, docker-bake.json or compose.yml; later ones are laid over the first',
  )
  .option('--target <name>', 'a target or group; may be repeated (default: the group "default")', collect, [])
  .option('--var <name=value>', 'a variable of the file; may be repeated', collect, [])
  .option('--print', 'print the matrix and write no file')
  .action(async (files: string[], own: ImportOptions, command: Command) =>
    (await import('./commands/import.ts')).importFiles(common(command), files, own),
  );
verb('plan', 'say for every image what would happen, and why')
  .argument('[images...]', 'only these images and what they need')
  .option('--no-registry', 'ask no registry: every action is "unknown"')
  .option('--markdown', 'print Markdown, with a picture of the graph')
  .option('--bake', 'print what is to be built as a file for "docker buildx bake"')
  .action(async (images: string[], own: PlanCommandOptions, command: Command) =>
    (await import('./commands/plan.ts')).plan(common(command), images, own),
  );
verb('why', 'say what changed in an image since it was last published')
  .argument('<image>')
  .action(async (image: string, _, command) =>
    (await import('./commands/why.ts')).why(common(command), image),
  );
verb('build', 'build images with their missing parents; moves no tag')
  .argument('<images...>')
  .action(async (images: string[], _, command) =>
    (await import('./commands/rebuild.ts')).build(common(command), images),
  );
verb('rebuild', 'plan, build what is missing, publish').action(async (_, command) =>
  (await import('./commands/rebuild.ts')).rebuild(common(command)),
);
verb('publish', 'move the tags to what is built, all or none')
  .option('--rollback', 'move every tag back to where it stood before the last publish')
  .action(async (own: PublishCommandOptions, command: Command) =>
    (await import('./commands/publish.ts')).publish(common(command), own),
  );
verb('run', 'start an image, built first if it is missing')
  .argument('<image>')
  .argument('[command...]', 'instead of the command of the image')
  .passThroughOptions()
  .action(async (image: string, words: string[], _, command) =>
    (await import('./commands/run.ts')).run(common(command), image, words),
  );
verb('lock', 'pin every upstream in action-matrix.lock')
  .option('--update', 'move existing entries, and make made upstreams anew')
  .action(async (own: { update?: true }, command: Command) =>
    (await import('./commands/lock.ts')).lock(common(command), own),
  );
verb('refresh', 'move the pins of action-matrix.lock to what has stood long enough')
  .option('--soak <time>', 'how old it must be: "90m", "24h", "3d", or "0"', '24h')
  .option('--dry-run', 'only say what would move')
  .action(async (own: RefreshCommandOptions, command: Command) =>
    (await import('./commands/refresh.ts')).refresh(common(command), own),
  );
verb('reconstruct', 'make a 3D scene from photographs; goes on where it was stopped')
  .requiredOption('--frames <dir>', 'folder of photographs or videos, or s3://bucket/prefix')
  .requiredOption('--scene <id>', 'name of the scene')
  .option('--storage <url>', 'folder or s3://bucket/prefix that keeps scenes (default: ./scenes)')
  .option('--preset <name>', 'preview, standard or high (default: preview without a GPU, else standard)')
  .option('--set <key=value>', 'an option of a stage; may be repeated', collect, [])
  .option('--seed <n>', 'the same seed gives the same scene (default: 0)')
  .option('--baseline <file>', 'report.json of an earlier run to compare with')
  .action(async (own: ReconstructOptions, command: Command) =>
    (await import('./commands/reconstruct.ts')).reconstruct(common(command), own),
  );
verb('lint', 'say what is wrong with Dockerfiles; needs neither a matrix nor Docker')
  .argument('[paths...]', 'files and folders (default: everything below the directory)')
  .addOption(
    new Option('--fail-on <severity>', 'exit with 1 on findings of this severity or a worse one')
      .choices(['error', 'warning', 'info', 'style', 'none'])
      .default('error'),
  )
  .option('--baseline <file>', 'findings that are known and not told again')
  .option('--write-baseline', 'take everything that is found now for known')
  .option('--sarif <file>', 'write the findings as SARIF too')
  .option('--fix', 'carry out the fixes that are safe, and show them as a diff')
  .option('--diff', 'show what --fix would change, and change nothing')
  .option('--hadolint <program>', 'a hadolint of your own (default: a pinned one, downloaded once)')
  .option('--no-hadolint', "only Darkroom's own rules")
  .action(async (paths: string[], own: LintOptions, command: Command) =>
    (await import('./commands/lint.ts')).lint(common(command), paths, own),
  );
verb('dispatch', 'start a workflow on GitHub and follow its run to the end')
  .argument('<workflow>', 'name of its file, such as reconstruct.yml')
  .option('--repo <owner/name>', 'the repository that has it (default: the origin of the checkout)')
  .option('--ref <name>', 'branch or tag (default: the default branch)')
  .option('--input <key=value>', 'an input of the workflow; may be repeated', collect, [])
  .option('--inputs <file>', 'inputs as JSON or YAML: an object for one run, a list of them for several')
  .option('--no-wait', 'start it and be done')
  .option('--timeout-minutes <n>', 'how long a run is waited for', '350')
  .option('--max-parallel <n>', 'how many of several runs are there at the same time', '4')
  .action(async (workflow: string, own: DispatchCommandOptions, command: Command) =>
    (await import('./commands/dispatch.ts')).dispatch(common(command), workflow, own),
  );
verb('prune', 'say what nothing that is published names any more; with --delete, delete it')
  .option('--delete', 'delete it')
  .option(
    '--take-over',
    'first make this what was published under a former name of this repository or matrix',
  )
  .option('--grace-days <n>', 'days for which it is kept all the same: a run that goes on may need it', '7')
  .option('--keep-publishes <n>', 'publishes of every branch and tag that can still be taken back', '5')
  .action(async (own: PruneCommandOptions, command: Command) =>
    (await import('./commands/prune.ts')).prune(common(command), own),
  );
verb('engine', 'the engine and registry on this machine')
  .addArgument(new Argument('<verb>').choices(['start', 'stop', 'status']))
  .action(async (what: string, _, command) =>
    (await import('./commands/engine.ts')).engine(common(command), what),
  );

if (import.meta.main) await runProgram();

async function runProgram(): Promise<void> {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `darkroom lint | head` reads no further: what runs goes on to its end.
    if (error.code === 'EPIPE') return;
    process.stderr.write(`The output cannot be written: ${systemReason(error)}\n`);
    process.exitCode = 1;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    const { printProblems, reportFailure } = await import('./report-failure.ts');
    const wantsJson = process.argv.includes('--json');
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      // Commander has said it to the person already.
      if (wantsJson && error.exitCode !== 0)
        printProblems([{ code: 'command/usage', message: error.message }]);
    } else {
      process.exitCode = reportFailure(error, { wantsJson });
    }
  }
}

/** Every verb takes the same options, before its name and after it. */
function verb(name: string, description: string): Command {
  return withCommonOptions(program.command(name).description(description));
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function withCommonOptions(command: Command): Command {
  return command
    .option('-C <dir>', 'work in this directory instead of the current one')
    .option('--matrix <file>', 'the matrix (default: action-matrix.yml at the top of the repository)')
    .option('--registry <ref>', 'home registry, instead of the one the matrix names')
    .option('--push', 'write to the home registry instead of one on loopback')
    .option('--json', 'one JSON document on stdout, everything else on stderr');
}

function common(command: Command): GlobalOptions {
  const { C, matrix, registry, push, json } = command.optsWithGlobals<{
    C?: string;
    matrix?: string;
    registry?: string | false;
    push?: true;
    json?: true;
  }>();
  return {
    directory: C ?? '.',
    ...(matrix === undefined ? {} : { matrix }),
    ...(typeof registry === 'string' ? { registry } : {}),
    ...(push === undefined ? {} : { push }),
    ...(json === undefined ? {} : { json }),
  };
}

/** Finds and reads the files of a project that build or run images. */
import { posix } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import type { Problem } from '../../errors/darkroom-error.ts';
import { parseYamlDocuments, yamlSyntax } from '../../matrix/yaml-tree.ts';
import { isComposeFile } from '../compose-builds.ts';
import type { MappedText } from '../mapped-text.ts';
import { parseShell } from '../parse-shell.ts';
import type { ShellCommand, ShellScript } from '../shell-script.ts';
import { vendoredIn } from '../vendored.ts';
import { type AwsDefinition, awsDefinitions, stateUses } from './aws-uses.ts';
import { bakeBuilds, isBakeFile } from './bake-builds.ts';
import { BUILD_COMMAND, buildLines, scriptBuilds } from './build-commands.ts';
import { composeOrchestration } from './compose-uses.ts';
import { type ConfigValue, UNKNOWN } from './config-value.ts';
import type { ImageBuild } from './image-build.ts';
import type { ImageUse } from './image-use.ts';
import { type KubernetesContainer, kubernetesContainers, kubernetesUses } from './kubernetes-uses.ts';
import { type PathIndex, pathIndex } from './project-paths.ts';
import { skaffoldBuilds } from './skaffold-builds.ts';
import { type TerraformFile, terraformUses } from './terraform-uses.ts';
import { isWorkflow, workflowBuilds } from './workflow-builds.ts';

/** What the files of a project say of images. */
export interface Orchestration {
  readonly builds: readonly ImageBuild[];
  readonly uses: readonly ImageUse[];
  /** Containers of Kubernetes whatever image they run, by file. */
  readonly containers: ReadonlyMap<string, readonly KubernetesContainer[]>;
  readonly paths: PathIndex;
}

/** What is read from. */
export interface OrchestrationSource {
  /** From the root of the project. */
  readonly files: readonly string[];
  read(file: string): string | null;
  /** Builds that are known otherwise, such as those of a matrix. */
  readonly builds: readonly ImageBuild[];
  readonly shell: Parser;
  /** `null` where no file is written in it. */
  readonly hcl: Parser | null;
}

/** Far above what people write: lists of custom resources and recorded answers are left out. */
const LONGEST = 256 * 1024;
/** All of them together: a repository may hold thousands, of which a lint looks at the first. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** YAML with other names and in other folders than people give to such files; more than these are not opened. */
const MOST_OTHERS = 300;
const LIKELY =
  /k8s|kube|deploy|manifest|cluster|infra|\becs|task|job|batch|pod|skaffold|argo|kustom|stack|gpu/i;

/** Whether a project has files that the HCL grammar is wanted for. */
export function hasHcl(files: readonly string[]): boolean {
  return files.some((file) => file.endsWith('.tf') || isBakeFile(file));
}

/** Reads the builds, then of what runs images those files that may name one of them. */
export function readOrchestration(source: OrchestrationSource): Orchestration {
  const reader = new Reader(source);
  const later: Candidate[] = [];
  for (const one of candidates(source)) {
    if (one.kind === 'yaml' && !IS_SKAFFOLD.test(one.text)) later.push(one);
    else reader.read(one);
  }
  const mayRun = reader.imageSigns();
  for (const one of later) {
    if ((mayRun.test(one.text) || ASKS_GPU.test(one.text)) && !IS_TEMPLATE.test(one.text)) reader.read(one);
  }
  return reader.finished();
}

/** Tells by its path whether a file may say something of images. */
export function isOrchestrationFile(file: string): boolean {
  return kindOf(file) !== null;
}

/** Says why a file of these kinds is not looked at, or `null`: for a person who asked for it by its name. */
export function refusedOrchestration(file: string, text: string): string | null {
  const isTooLong = isOrchestrationFile(file) && text.length > LONGEST;
  return isTooLong ? `it has ${text.length} characters; expected no more than ${LONGEST}` : null;
}

/** What keeps a file of these kinds from being read as YAML; the first place says it all. */
export function orchestrationSyntax(file: string, text: string): Problem | null {
  const kind = kindOf(file);
  const isYaml = kind === 'yaml' || kind === 'workflow' || kind === 'compose';
  if (!isYaml || text.length > LONGEST || IS_TEMPLATE.test(text)) return null;
  return yamlSyntax(text, file);
}

interface Candidate {
  readonly kind: Kind;
  readonly file: string;
  readonly text: string;
}

/** Files that look at a glance as if they said something of images. */
function* candidates({ files, read }: OrchestrationSource): Iterable<Candidate> {
  const isVendored = vendoredIn(files);
  let others = 0;
  for (const file of files) {
    const kind = isVendored(file) ? null : kindOf(file);
    if (kind === 'yaml' && !LIKELY.test(file)) others += 1;
    if (kind === null || (kind === 'yaml' && others > MOST_OTHERS && !LIKELY.test(file))) continue;
    const text = read(file);
    if (text !== null && text.length <= LONGEST && SIGNS[kind].test(text)) yield { kind, file, text };
  }
}

class Reader {
  private left = MOST_CHARACTERS;
  private readonly readers: Readonly<Record<Kind, (file: string, text: string) => void>> = {
    terraform: (file, text) => this.terraform.push({ file, text }),
    bake: (file, text) => {
      if (this.source.hcl !== null) this.builds.push(...bakeBuilds(text, file, this.source.hcl, this.paths));
    },
    script: (file, text) => this.script(file, text),
    workflow: (file, text) => {
      const [root] = parseYamlDocuments(text, file);
      const { paths, parseScript } = this;
      if (root !== undefined)
        this.builds.push(...workflowBuilds(root, { file, text }, { paths, parseScript }));
    },
    compose: (file, text) => {
      const [root] = parseYamlDocuments(text, file);
      const found = root === undefined ? null : composeOrchestration(root, file);
      this.builds.push(...(found?.builds ?? []));
      this.uses.push(...(found?.uses ?? []));
    },
    yaml: (file, text) => this.yaml(file, text),
  };
  private readonly builds: ImageBuild[] = [];
  private readonly uses: ImageUse[] = [];
  private readonly containers = new Map<string, readonly KubernetesContainer[]>();
  private readonly terraform: TerraformFile[] = [];
  private readonly definitions: AwsDefinition[] = [];
  private readonly machines: (readonly [string, ConfigValue])[] = [];
  private readonly source: OrchestrationSource;
  private readonly paths: PathIndex;
  private readonly parseScript = (script: MappedText): ShellScript => parseShell(this.source.shell, script);

  constructor(source: OrchestrationSource) {
    this.source = source;
    this.paths = pathIndex(source.files);
    this.builds.push(...source.builds);
  }

  read({ kind, file, text }: Candidate): void {
    this.left -= text.length;
    if (this.left >= 0) this.readers[kind](file, text);
  }

  /** Tells a text that may name an image that is built here, or start one by another name. */
  imageSigns(): RegExp {
    const words = new Set(
      this.builds.flatMap(({ names }) => names.flatMap((name) => lastWord(name) ?? [])).map(escaped),
    );
    const named = words.size === 0 ? '' : `|\\bimage["']?\\s*:\\s*\\S*(?:${[...words].join('|')})`;
    return new RegExp(`:(?:submitJob|runTask)\\b${named}`);
  }

  /** What states start is known when all definitions are. */
  finished(): Orchestration {
    const { builds, uses, containers, definitions, machines, terraform, source, paths } = this;
    const started = machines.flatMap(([file, root]) => stateUses(root, file, definitions));
    const inTerraform = source.hcl === null ? [] : terraformUses(terraform, source.hcl);
    const inDefinitions = definitions.flatMap((definition) => definition.uses);
    return { builds, uses: [...uses, ...inDefinitions, ...started, ...inTerraform], containers, paths };
  }

  private script(file: string, text: string): void {
    const folders = [...new Set([posix.dirname(file), '.'])];
    const script = this.parseScript(buildLines(text));
    const isInside = ({ start }: ShellCommand): boolean => /[ \t]/.test(text[start - 1] ?? '');
    const how = { file, script, folders, variables: {}, isUndisturbed: false, isInside };
    this.builds.push(...scriptBuilds(how, this.paths));
  }

  private yaml(file: string, text: string): void {
    const documents = parseYamlDocuments(text, file);
    const [root] = documents;
    if (root === undefined) return;
    this.builds.push(...skaffoldBuilds(documents, file));
    this.uses.push(...kubernetesUses(documents, file));
    const found = kubernetesContainers(documents);
    if (found.length > 0) this.containers.set(file, found);
    this.definitions.push(...awsDefinitions(root, file));
    this.machines.push([file, root]);
  }
}

/** Most JSON is data. */
const JSON_FILES = /(?:task|job|def|asl|state|step|machine|ecs|batch|pipeline|deploy|manifest)[^/]*\.json$/i;

type Kind = 'compose' | 'workflow' | 'yaml' | 'terraform' | 'bake' | 'script';

function kindOf(file: string): Kind | null {
  if (isComposeFile(file)) return 'compose';
  if (isWorkflow(file)) return 'workflow';
  if (isBakeFile(file)) return 'bake';
  if (/\.ya?ml$/.test(file) || JSON_FILES.test(file)) return 'yaml';
  if (file.endsWith('.tf')) return 'terraform';
  return /\.(?:sh|bash)$/.test(file) ? 'script' : null;
}

const SIGNS: Readonly<Record<Kind, RegExp>> = {
  compose: /^["']?services/m,
  workflow: /docker\/build-push-action@|\b(?:docker|podman|nerdctl|buildah)\b[^\n]*\b(?:build|bud)\b/,
  yaml: /^apiVersion:\s*skaffold\/|\bimage["']?\s*:|:submitJob|:runTask/m,
  terraform: /aws_(?:ecs_task_definition|batch_job_definition|sfn_state_machine|ecr_repository)|^locals\b/m,
  bake: /^target\s/m,
  script: BUILD_COMMAND,
};

const IS_SKAFFOLD = /^apiVersion:\s*skaffold\//m;
const ASKS_GPU = /nvidia|\bgpus?["']?\s*:/;
/** Templates of Helm and the like are no YAML. */
const IS_TEMPLATE = /\{\{-?\s|^\s*\{%/m;

/** The longest known part of an image's last word: `colmap` of `…/team-colmap:latest`. */
function lastWord(name: string): string | null {
  const last = name.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? '';
  const [longest = ''] = last.split(UNKNOWN).sort((a, b) => b.length - a.length);
  return longest.length < 3 ? null : longest;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

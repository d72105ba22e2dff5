/** Finds and reads the files of a project that build or run images. */
import { posix } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { parseYamlDocuments } from '../../matrix/yaml-tree.ts';
import { isComposeFile } from '../compose-builds.ts';
import type { MappedText } from '../mapped-text.ts';
import { parseShell } from '../parse-shell.ts';
import type { ShellScript } from '../shell-script.ts';
import { vendoredIn } from '../vendored.ts';
import { type AwsDefinition, awsDefinitions, stateUses } from './aws-uses.ts';
import { bakeBuilds, isBakeFile } from './bake-builds.ts';
import { holdsBuild, scriptBuilds } from './build-commands.ts';
import { composeOrchestration } from './compose-uses.ts';
import type { ConfigValue } from './config-value.ts';
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

/** Whether a project has files that the HCL grammar is wanted for. */
export function hasHcl(files: readonly string[]): boolean {
  return files.some((file) => file.endsWith('.tf') || isBakeFile(file));
}

/** Reads the builds, then what runs them. */
export function readOrchestration(source: OrchestrationSource): Orchestration {
  const reader = new Reader(source);
  let left = MOST_CHARACTERS;
  const isVendored = vendoredIn(source.files);
  for (const file of source.files) {
    const kind = isVendored(file) ? null : kindOf(file);
    const text = kind === null ? null : source.read(file);
    if (kind === null || text === null || text.length > LONGEST || !isWorth(kind, text)) continue;
    left -= text.length;
    if (left < 0) break;
    reader.readers[kind](file, text);
  }
  return reader.finished();
}

class Reader {
  readonly readers: Readonly<Record<Kind, (file: string, text: string) => void>> = {
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

  /** What states start is known when all definitions are. */
  finished(): Orchestration {
    const { builds, uses, containers, definitions, machines, terraform, source, paths } = this;
    const started = machines.flatMap(([file, root]) => stateUses(root, file, definitions));
    const inTerraform = source.hcl === null ? [] : terraformUses(terraform, source.hcl);
    const inDefinitions = definitions.flatMap((definition) => definition.uses);
    return { builds, uses: [...uses, ...inDefinitions, ...started, ...inTerraform], containers, paths };
  }

  private script(file: string, text: string): void {
    const offsets = Array.from({ length: text.length + 1 }, (_, at) => at);
    const folders = [...new Set([posix.dirname(file), '.'])];
    const script = this.parseScript({ text, offsets });
    const how = { file, script, folders, variables: {}, isUndisturbed: false };
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
  yaml: /^apiVersion:\s*skaffold\/|["']?containerDefinitions\b|["']?containerProperties\b|["']?States["']?\s*:|^\s*["']?kind["']?:\s*["']?(?:Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|List)\b/m,
  terraform: /./,
  bake: /^target\s/m,
  script: /./,
};

/** A cheap look at the text before it is parsed; templates are no YAML. */
function isWorth(kind: Kind, text: string): boolean {
  if (!SIGNS[kind].test(text)) return false;
  if (kind === 'script') return holdsBuild(text);
  return kind !== 'yaml' || (!/\{\{-?\s|^\s*\{%/m.test(text) && /\bimage\b|submitJob|runTask/.test(text));
}

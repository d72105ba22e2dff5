/** Names that secrets go by, and texts that are some. */

/** Names of tokens that the clients of these services read. */
const KNOWN = new Set([
  ...[
    'HF_TOKEN',
    'HUGGING_FACE_HUB_TOKEN',
    'HUGGINGFACE_TOKEN',
    'HUGGINGFACE_HUB_TOKEN',
    'HUGGINGFACEHUB_API_TOKEN',
  ],
  ...[
    'HUGGINGFACE_ACCESS_TOKEN',
    'WANDB_API_KEY',
    'NGC_API_KEY',
    'NGC_CLI_API_KEY',
    'KAGGLE_KEY',
    'CIVITAI_TOKEN',
  ],
  ...[
    'CIVITAI_API_TOKEN',
    'CIVITAI_API_KEY',
    'REPLICATE_API_TOKEN',
    'COMET_API_KEY',
    'NEPTUNE_API_TOKEN',
    'CLEARML_API_SECRET_KEY',
  ],
  ...[
    'OPENAI_API_KEY',
    'ANTHROPIC_API_KEY',
    'GEMINI_API_KEY',
    'GOOGLE_API_KEY',
    'PINECONE_API_KEY',
    'ROBOFLOW_API_KEY',
  ],
  ...[
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AZURE_CLIENT_SECRET',
    'GITHUB_TOKEN',
    'GH_TOKEN',
    'GITHUB_PAT',
    'GITLAB_TOKEN',
  ],
  ...[
    'CI_JOB_TOKEN',
    'NPM_TOKEN',
    'NODE_AUTH_TOKEN',
    'PYPI_TOKEN',
    'TWINE_PASSWORD',
    'UV_PUBLISH_TOKEN',
    'DOCKER_PASSWORD',
  ],
]);
const LIKELY =
  /(?:^|_)(?:PASSWORD|PASSWD|SECRET|SECRET_KEY|API_?KEY|ACCESS_KEY|(?:ACCESS|AUTH|API|BEARER|GIT|SESSION)_?TOKEN|TOKEN|PRIVATE_KEY|PAT)$/i;

/** How sure it is that a variable of this name holds a secret. */
export function secretName(name: string): 'known' | 'likely' | null {
  if (/PUBLIC|DUMMY|EXAMPLE/i.test(name)) return null;
  if (KNOWN.has(name.toUpperCase())) return 'known';
  return LIKELY.test(name) ? 'likely' : null;
}

/** Texts that only a token has: each service gives its own a beginning. */
export const CREDENTIAL =
  /\b(?:hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}|glpat-[\w-]{20,}|nvapi-[\w-]{40,}|sk-(?:proj-|ant-)?[\w-]{40,}|xox[bp]-[\w-]{20,}|AKIA[A-Z0-9]{16}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{40,})/;

/** `changeme`, `<token>`, `your-key-here`: stands where a value goes. */
export function isPlaceholder(value: string): boolean {
  return /^(?:change[-_]?me|x{2,}|\*+|\.+|none|null|nil|dummy|test(?:ing)?|example|todo|true|false|unset|not[-_]?set|placeholder|\d{0,3}|<.*>|\{.*\}|(?:your|my|insert|enter)[-_ ].*)$|[-_](?:here|placeholder)$/i.test(
    value,
  );
}

/** A file that holds secrets and nothing else: how sure that is. */
export function secretFile(path: string): 'known' | 'likely' | null {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  if (/^\.env(?:\.local)?$/.test(name)) return 'likely';
  if (
    /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.git-credentials|kaggle\.json|\.ssh|\.aws|\.dockerconfigjson)$/.test(
      name,
    )
  ) {
    return 'known';
  }
  return /(?:\.aws\/credentials|\.docker\/config\.json|huggingface\/token)$/.test(path) ? 'known' : null;
}

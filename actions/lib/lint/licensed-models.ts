import table from './data/licensed-models.json' with { type: 'json' };

/** A model that not everybody may be given. */
export interface LicensedModel {
  readonly name: string;
  /** `gated`: who downloads it must accept its terms first; `no-distribution`: it must not be handed on at all. */
  readonly terms: 'gated' | 'no-distribution';
}

const MODELS = table.models.map(({ name, terms, files, repositories }) => ({
  model: { name, terms: terms as LicensedModel['terms'] },
  files: new RegExp(`^(?:${files})$`, 'i'),
  repositories: new RegExp(`^(?:${repositories})$`, 'i'),
}));

/** The model that a file of this name, with or without folders, belongs to. */
export function modelOfFile(path: string): LicensedModel | null {
  const name =
    path
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '';
  return MODELS.find(({ files }) => files.test(name))?.model ?? null;
}

/** The model that a repository of Hugging Face holds. */
export function modelOfRepository(repository: string): LicensedModel | null {
  return MODELS.find(({ repositories }) => repositories.test(repository))?.model ?? null;
}

/** A registry that is logged in to with AWS credentials. */
export type EcrHost =
  | { readonly kind: 'private'; readonly account: string; readonly region: string }
  | { readonly kind: 'public' };

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
const PRIVATE = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Recognises the hosts of Amazon's registries. */
export function parseEcrHost(registry: string): EcrHost | undefined {
  if (registry === 'public.ecr.aws') return { kind: 'public' };
  const [, account, region] = PRIVATE.exec(registry) ?? [];
  return account === undefined || region === undefined ? undefined : { kind: 'private', account, region };
}

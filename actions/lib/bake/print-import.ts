/** Writes an imported matrix as YAML, with what was lost as comments beside what it was said of. */
import { Document, isMap, isScalar, Scalar } from 'yaml';
import type { BakeImport } from './import-bake.ts';

/**
 * Returns the text of a matrix; `parseMatrix` takes it as it is.
 * @param unasked targets that were not looked at
 * @param from names of the files that were read
 * @param schema where editors find the JSON Schema; `null` for nowhere
 */
export function printImport(
  { imported, unasked }: { readonly imported: BakeImport; readonly unasked: readonly string[] },
  from: readonly string[],
  schema: string | null,
): string {
  const { registry, upstreams, images, left, replaced } = imported;
  const document = new Document({
    version: 1,
    ...(registry === null ? {} : { registry }),
    ...(upstreams.size === 0 ? {} : { upstreams: Object.fromEntries(upstreams) }),
    images: Object.fromEntries(images.map(({ name, options }) => [name, options])),
  });
  const notes = new Map(images.map((image) => [image.name, notesOf(image)]));
  const map = document.get('images');
  for (const { key } of isMap(map) ? map.items : []) {
    const lines = isScalar(key) ? (notes.get(String(key.value)) ?? []) : [];
    if (key instanceof Scalar && lines.length > 0)
      key.commentBefore = lines.map((line) => ` ${line}`).join('\n');
  }
  const head = [
    ...(schema === null ? [] : [`yaml-language-server: $schema=${schema}`]),
    `Images of ${from.join(' and ')}. What an image is made from is read from its Dockerfile.`,
    ...(registry === null ? ['Where images are published and looked up: registry: ghcr.io/acme/vision'] : []),
    ...replaced.map((line) => `Not needed: ${line}`),
    ...left.map(({ target, reason }) => `Left out: ${target}: ${reason}`),
    ...(unasked.length === 0 ? [] : [`Not asked for (--target NAME does): ${unasked.join(', ')}`]),
  ];
  return `${head.map((line) => `# ${oneLine(line)}\n`).join('')}${document.toString({ lineWidth: 0 })}`;
}

function notesOf({ name, target, notes }: BakeImport['images'][number]): readonly string[] {
  return [...(name === target ? [] : [`target ${target}`]), ...notes].map(oneLine);
}

/** A comment ends with its line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 500);
}

/** Shows a plan to a person: as a sentence, a table, a picture and Markdown. Pure. */
import type { Plan, PlannedImage } from '../plan/plan.ts';
import { markdownTable, textTable } from './text-table.ts';

/** What GitHub draws; beyond it there is an error in place of a picture. Mermaid's defaults: https://mermaid.js.org/config/schema-docs/config.html */
const MAX_PICTURE = { characters: 50_000, edges: 500 } as const;

const COLUMNS = ['image', 'action', 'why', 'key'] as const;

/** Says in one sentence what a plan comes to. */
export function planSentence(plan: Plan): string {
  const of = (action: PlannedImage['action']) =>
    plan.images.filter((image) => image.action === action).length;
  const total = `${plan.images.length} ${plan.images.length === 1 ? 'image' : 'images'}`;
  const parts = [
    of('build') > 0 ? `${of('build')} of ${total} will be built` : '',
    of('blocked') > 0 ? `${of('blocked')} of ${total} blocked` : '',
    of('unknown') > 0 ? `${total} planned without asking a registry` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? `Nothing to build: ${total} up to date.` : `${parts.join(', ')}.`;
}

/** The plan as a table for a terminal of the given width. */
export function planTable(plan: Plan, width: number): string {
  return textTable(COLUMNS, plan.images.map(planRow), width);
}

/** The plan as Markdown: sentence, table, and the graph when something is built, unless it is too large to be drawn. */
export function planMarkdown(plan: Plan): string {
  const graph = plan.images.some((image) => image.action === 'build') ? planMermaid(plan) : '';
  const isDrawn =
    graph !== '' &&
    graph.length <= MAX_PICTURE.characters &&
    graph.split(' --> ').length - 1 <= MAX_PICTURE.edges;
  const picture = isDrawn ? `\n\n\`\`\`mermaid\n${graph}\n\`\`\`` : '';
  return `### ${planSentence(plan)}\n\n${markdownTable(COLUMNS, plan.images.map(planRow))}${picture}\n`;
}

/** The graph of what is built or blocked, with parents, as a Mermaid flowchart. */
function planMermaid(plan: Plan): string {
  const told = plan.images.filter((image) => image.action === 'build' || image.action === 'blocked');
  const shownNames = new Set(told.flatMap((image) => [image.name, ...image.parents]));
  const shown = plan.images.filter((image) => shownNames.has(image.name));
  const idOf = new Map(shown.map((image, index) => [nodeName(plan.images, image), `n${index}`]));
  const lines = ['flowchart LR'];
  for (const image of shown) {
    const name = nodeName(plan.images, image);
    lines.push(`  ${idOf.get(name)}["${mermaidText(name)}"]:::${image.action}`);
  }
  for (const image of told) {
    for (const parent of shown) {
      if (!image.parents.includes(parent.name) || parent.platform !== image.platform) continue;
      lines.push(
        `  ${idOf.get(nodeName(plan.images, parent))} --> ${idOf.get(nodeName(plan.images, image))}`,
      );
    }
  }
  lines.push(
    '  classDef build fill:#fde68a,stroke:#b45309,color:#111',
    '  classDef hit fill:#bbf7d0,stroke:#15803d,color:#111',
    '  classDef blocked fill:#fecaca,stroke:#b91c1c,color:#111',
    '  classDef unneeded fill:#e5e7eb,stroke:#6b7280,color:#111',
  );
  return lines.join('\n');
}

/** Names an entry: the image, with its platform only where the image has several. */
export function nodeName(images: readonly PlannedImage[], image: PlannedImage): string {
  const several = images.some((other) => other.name === image.name && other.platform !== image.platform);
  return several ? `${image.name} (${image.platform})` : image.name;
}

function planRow(image: PlannedImage, _index: number, images: readonly PlannedImage[]): readonly string[] {
  return [
    nodeName(images, image),
    image.action,
    image.reasons.join('; '),
    image.key === null ? 'not yet known' : image.key.slice(0, 12),
  ];
}

/** Mermaid reads quotes and brackets as syntax; its own entity form keeps any text a text. */
function mermaidText(text: string): string {
  return text.replace(/[^\w ./:@()-]/g, (character) => `#${character.codePointAt(0)};`);
}

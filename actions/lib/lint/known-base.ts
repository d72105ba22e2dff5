import { factsOf, type LintedStage, lineageOf } from './linted-dockerfile.ts';

/** Images that are known to set neither `USER` nor `SHELL`. */
const PLAIN =
  /^(?:docker\.io\/library\/(?!jenkins|sonarqube|elasticsearch|kibana|logstash)[^/]+|docker\.io\/nvidia\/cuda|nvcr\.io\/nvidia\/cuda|docker\.io\/pytorch\/pytorch)$/;

/** The lineage of a stage begins with an image that runs as root and lets `/bin/sh` read scripts, or with none. */
export function knownBase(stage: LintedStage): boolean {
  if (lineageOf(stage)[0]?.base.kind === 'scratch') return true;
  return PLAIN.test(factsOf(stage)?.repository ?? '');
}

/** Whether packages of apt may come from elsewhere than the release of the base image. */
import type { LintedInstruction, LintedStage } from './linted-dockerfile.ts';
import { lineageOf } from './linted-dockerfile.ts';
import type { ShellCommand } from './shell-script.ts';
import type { SourceText } from './source-text.ts';

/** `none`: the release alone; `added`: other sources too; `release`: the release itself may be another. */
export type ForeignSources = 'none' | 'added' | 'release';

const RELEASE =
  /\/etc\/apt\/sources\.list(?!\.d)|(?:debian|ubuntu)\.sources|\b(?:deb\.debian|snapshot\.debian|archive\.debian|archive\.ubuntu|ports\.ubuntu|old-releases\.ubuntu)\.|dist-upgrade|do-release-upgrade|\b(?:stretch|buster|bullseye|bookworm|trixie|sid|bionic|focal|jammy|noble|resolute|backports)\b/;
const ADDED =
  /\/etc\/apt(?!\/(?:apt\.conf|preferences))|\b(?:add|apt-add)-(?:apt-)?repository\b|\bextrepo\b|\bdpkg\s+(?:-\S+\s+)*(?:-i|--install)\b|\.deb\b|\|\s*(?:sudo\s+)?(?:-E\s+)?(?:ba)?sh\b|(?:^|[\s"'&;(])(?:ba)?sh\s+[^-\s]|(?:^|[\s&;(])\.?\/[\w./-]+\.sh\b/m;

/** Looks at everything that happens before a command. */
export function foreignSources(
  stage: LintedStage,
  instruction: LintedInstruction,
  command: ShellCommand,
  { text }: SourceText,
): ForeignSources {
  const all = lineageOf(stage).flatMap(({ instructions }) => instructions);
  const before = all.slice(0, all.indexOf(instruction)).filter(({ keyword }) => keyword !== 'LABEL');
  const texts = [
    ...before.map((one) => one.command.instruction.text),
    text.slice(instruction.start, command.start),
  ];
  if (texts.some((one) => RELEASE.test(one))) return 'release';
  return texts.some((one) => ADDED.test(one)) ? 'added' : 'none';
}

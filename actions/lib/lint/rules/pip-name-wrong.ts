import type { Fix } from '../finding.ts';
import { optionValues } from '../installs.ts';
import type { LintedStage } from '../linted-dockerfile.ts';
import { type PythonPackage, pythonPackages } from '../python-packages.ts';
import type { Draft, Rule } from '../rule.ts';
import { placedInstructions } from '../stage-places.ts';

/** Names that pip refuses without a version, and what is meant; as PyPI had them on 2026-11-22. */
const MEANT: ReadonlyMap<string, string> = new Map([
  // Packages that end with an error that names the right one.
  ['sklearn', 'scikit-learn'],
  ['pytorch', 'torch'],
  ['tensorflow-gpu', 'tensorflow'],
  // Modules, of which no package has the name.
  ['cv2', 'opencv-python-headless'],
  ['opencv', 'opencv-python'],
  ['pil', 'pillow'],
]);

/** `pip install sklearn`: the package has another name, and pip ends with an error. */
export const pipNameWrong: Rule = {
  id: 'pip-name-wrong',
  severity: 'error',
  title: 'A Python package under a name that pip refuses',
  covers: [],
  *check(file, project) {
    for (const stage of file.stages) {
      if (hasOtherIndex(stage)) continue;
      for (const one of pythonPackages(stage, file, project).byName.values()) {
        const meant = MEANT.get(one.name);
        const isHere = stage.instructions.includes(one.install.instruction);
        if (meant !== undefined && isHere && mustFail(one)) yield draft(one, meant);
      }
    }
  },
};

/** Another index may have a package of the name; scikit-learn's can be asked to be let through. */
function hasOtherIndex(stage: LintedStage): boolean {
  return placedInstructions(stage).some(({ instruction: { command } }) =>
    /INDEX|FIND_LINKS|SKLEARN_ALLOW|pip\.conf|pip config/.test(command.instruction.text),
  );
}

function mustFail({ constraint, install }: PythonPackage): boolean {
  const { after, within } = install.command;
  const options = ['-i', '--index-url', '--extra-index-url', '-f', '--find-links', '--no-index', '--index'];
  return (
    constraint === '' &&
    optionValues(install, ...options).length === 0 &&
    after !== '||' &&
    within.length === 0
  );
}

function draft({ name, file, install }: PythonPackage, meant: string): Draft {
  const word = install.packages.find((one) => one.name === name)?.word;
  const written = word?.raw.replace(/["']/g, '') ?? name;
  const where = file === null ? '' : ` of "${file}"`;
  const message = `pip ends with an error for "${written}"${where}: the package is called "${meant}"`;
  if (word === undefined || file !== null) {
    const { start, end } = install.command;
    return { start, end, message };
  }
  const { start, end } = word;
  const fix: Fix = { description: `write "${meant}"`, safe: false, edits: [{ start, end, text: meant }] };
  return { start, end, message, fix };
}

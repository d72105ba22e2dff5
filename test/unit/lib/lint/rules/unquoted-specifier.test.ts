import { describe, expect, it } from '@jest/globals';
import { unquotedSpecifier as rule } from '../../../../../actions/lib/lint/rules/unquoted-specifier.ts';
import { findings, marked, mended } from '../../../../support/lint-rule.ts';

describe('unquoted-specifier', () => {
  it.each<[string, readonly string[]]>([
    ['RUN pip install pycolmap>=3.10.0', ['pycolmap>=3.10.0']],
    [
      'RUN pip3 install --no-cache-dir \\\n    boto3>=1.34.0 \\\n    numpy>=1.24.0',
      ['boto3>=1.34.0', 'numpy>=1.24.0'],
    ],
    ['RUN apt-get update && python3 -m pip install torch>2', ['torch>2']],
    ['RUN uv pip install --system numpy<2', ['numpy<2']],
    ['RUN conda install -y numpy>=1.24,<2', ['numpy>=1.24,<2']],
    ['RUN <<EOF\nset -e\npip install torch>=2.4\nEOF', ['torch>=2.4']],
    ['RUN pip install scipy >= 1.10', ['scipy >= 1.10']],
    ['RUN pip install scipy > 1.10', ['scipy > 1.10']],
    ['RUN pip install scipy >=1.10,<2 numpy', ['scipy >=1.10,<2']],
    ['RUN pip install "numpy"<2', ['"numpy"<2']],
    ['RUN pip install torch>=2.4.0rc1', ['torch>=2.4.0rc1']],
    ['RUN if true; then pip install torch>=2; fi', ['torch>=2']],
    ['RUN apt-get install -y cmake>3.20 git', ['cmake>3.20']],
    ['RUN apk add --no-cache python3>3.10', ['python3>3.10']],
  ])('catches %s', async (text, places) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual(places);
  });

  it.each([
    'RUN pip install "pycolmap>=3.10.0"',
    "RUN pip install 'torch>2' > /tmp/log 2>&1",
    'RUN pip install torch==2.4 >log',
    'RUN pip freeze > requirements.txt',
    'RUN test 3 > 2',
    'RUN pip install torch > 1.log',
    'RUN pip install torch>1.log',
    'RUN pip freeze > 1',
    'RUN pip install -r requirements > 1',
    'RUN pip install torch==2 > 1',
    'RUN pip install torch > = numpy',
    'RUN pip install -r requirements.txt 2>/dev/null',
    'RUN cat <3.txt',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `FROM python:3.11\n${text}\n`)).toEqual([]);
  });

  it('quotes the requirement', async () => {
    const mendedText = await mended(rule, 'FROM a\nRUN pip install \\\n  boto3>=1.34.0 "x>1" numpy<2\n');
    expect(mendedText).toBe('FROM a\nRUN pip install \\\n  "boto3>=1.34.0" "x>1" "numpy<2"\n');
  });

  it.each([
    [`'uvicorn[standard]'>=0.20`, `"uvicorn[standard]>=0.20"`],
    [`"numpy"<2`, `"numpy<2"`],
    [`uvicorn"[standard]">=0.20`, `"uvicorn[standard]>=0.20"`],
    ['scipy >= 1.10 numpy', '"scipy>=1.10" numpy'],
    ['scipy > 1.10', '"scipy>1.10"'],
    ['"$NAME">=2', '"$NAME>=2"'],
    ['$NAMES>=2', '$NAMES>=2'],
    ['scipy >= 1.10, numpy', 'scipy >= 1.10, numpy'],
  ])('makes %s %s', async (before, after) => {
    const text = await mended(rule, `FROM a\nRUN pip install ${before}\n`);
    expect(text).toBe(`FROM a\nRUN pip install ${after}\n`);
  });

  it('says which file is written, and which is looked for', async () => {
    const texts = (await findings(rule, 'FROM a\nRUN pip install a>=1 b<2\n')).map(({ message }) => message);
    expect(texts[0]).toContain('goes into a file called "=1"');
    expect(texts[1]).toContain('looks for a file called "2"');
    const [blank] = await findings(rule, 'FROM a\nRUN pip install scipy > 1.10\n');
    expect(blank?.message).toContain('any version of "scipy"');
  });
});

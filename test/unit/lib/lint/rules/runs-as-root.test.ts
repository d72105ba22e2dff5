import { describe, expect, it } from '@jest/globals';
import { runsAsRoot as rule } from '../../../../../actions/lib/lint/rules/runs-as-root.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

describe('runs-as-root', () => {
  it.each<[string, string]>([
    ['FROM python:3.11\nCMD ["python", "-i", "app.py"]', 'CMD ["python", "-i", "app.py"]'],
    ['FROM python:3.11\nCMD ["sleep", "5"]', 'CMD ["sleep", "5"]'],
    ['FROM python:3.11\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]', 'ENTRYPOINT ["/run.sh"]'],
    ['FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nENTRYPOINT python app.py', 'ENTRYPOINT python app.py'],
    ['ARG T=2.6.0-cuda12.4-cudnn9-runtime\nFROM pytorch/pytorch:$T\nCMD a', 'CMD a'],
    ['FROM python:3.11\nUSER app\nRUN a\nUSER root\nCMD a', 'USER root'],
    ['FROM python:3.11\nUSER 0:0\nCMD a', 'USER 0:0'],
    ['FROM python:3.11\nCMD ["bash", "/start.sh"]', 'CMD ["bash", "/start.sh"]'],
    ['FROM python:3.11\nENTRYPOINT ["bash"]', 'ENTRYPOINT ["bash"]'],
    ['FROM python:3.11 AS a\nCMD a\nFROM a\nRUN b', 'FROM a'],
    ['FROM python:3.11 AS a\nUSER app\nFROM python:3.11\nCOPY --from=a /x /x\nCMD a', 'CMD a'],
  ])('catches %s', async (text, place) => {
    expect(await marked(rule, `${text}\n`)).toEqual([place]);
  });

  it.each([
    'FROM python:3.11\nCMD ["python3"]',
    'FROM debian:12\nCMD ["perl5.38.5", "-de0"]',
    'FROM eclipse-temurin:21\nENTRYPOINT ["/entry.sh"]\nCMD ["mvn"]',
    'FROM debian:12\nENTRYPOINT ["/entry.sh"]\nCMD ["node"]',
    'FROM debian:12\nENTRYPOINT ["tini", "--"]\nCMD php -a',
    'FROM debian:12\nCMD ["sleep", "infinity"]',
    'FROM debian:12\nCMD tail -f /dev/null',
    'FROM debian:12\nCMD ["nginx", "-g", "daemon off;"]',
    'FROM debian:12\nENTRYPOINT ["/usr/sbin/nginx"]\nCMD ["-g", "daemon off;"]',
    'FROM debian:12\nENTRYPOINT ["tini", "--", "/usr/sbin/sshd", "-D"]',
    'FROM python:3.11\nUSER app\nCMD a',
    'FROM python:3.11\nUSER 10001:10001\nCMD a',
    'FROM python:3.11 AS a\nUSER app\nFROM a\nCMD a',
    'FROM python:3.11\nRUN pip install x',
    'FROM python:3.11\nCMD ["/bin/bash"]',
    'FROM python:3.11\nCMD [ "bash" ]',
    'FROM python:3.11\nCMD /usr/bin/zsh',
    'FROM example.com/base\nCMD a',
    'FROM base-python-pose:latest\nCMD a',
    'ARG BASE\nFROM $BASE\nCMD a',
    'FROM debian:12\nRUN apt-get install -y gosu\nENTRYPOINT ["/entry.sh"]',
    'FROM debian:12\nENTRYPOINT ["setpriv", "--reuid=app", "a"]',
    'ARG U\nFROM debian:12\nARG U\nUSER $U\nCMD a',
  ])('passes %s', async (text) => {
    expect(await marked(rule, `${text}\n`)).toEqual([]);
  });

  it.each([
    [
      'a script that changes the user',
      'exec setpriv --reuid=app "$@"\n',
      'ENTRYPOINT ["/bin/entry.sh"]\nCMD a',
    ],
    ['one that does so with su', 'set -e\nsu app -c run\n', 'CMD /bin/entry.sh'],
    ['one that runs what it is told', 'set -e\nexec "$@"\n', 'ENTRYPOINT ["/bin/entry.sh"]'],
  ])('passes %s', async (_, script, start) => {
    const text = `FROM python:3.11\nCOPY entry.sh /bin/\n${start}\n`;
    expect(await marked(rule, text, { files: { 'entry.sh': script } })).toEqual([]);
    expect(await marked(rule, text, { files: { 'entry.sh': 'result=1\nexec run "$@"\n' } })).not.toEqual([]);
  });

  it('says why', async () => {
    const [none] = await findings(rule, 'FROM python:3.11\nCMD a\n');
    expect(none).toMatchObject({ severity: 'info' });
    expect(none?.message).toContain('no "USER" says who runs it');
    const [root] = await findings(rule, 'FROM python:3.11\nUSER root\nCMD a\n');
    expect(root?.message).toContain('the last "USER" is "root"');
  });
});

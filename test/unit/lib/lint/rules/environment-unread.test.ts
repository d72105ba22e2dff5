import { describe, expect, it } from '@jest/globals';
import { environmentUnread as rule } from '../../../../../actions/lib/lint/rules/environment-unread.ts';
import { findings } from '../../../../support/lint-rule.ts';

const DOCKERFILE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY run.py ./\nCMD ["python", "run.py"]\n';
const SCRIPT =
  'import os\nos.environ["SCENE_BUCKET"]\nos.environ.get("ITERATIONS", "1")\nos.getenv("LOG_LEVEL")\nkey1 = os.environ["API_KEY_1"]\n';

async function found(environment: string, { script = SCRIPT, dockerfile = DOCKERFILE } = {}) {
  const task = '{ "family": "train", "containerDefinitions": [{ "name": "a", "image": "train:latest" }] }';
  const machine = `{\n"States": { "Run": { "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {\n  "TaskDefinition": "train",\n  "Overrides": { "ContainerOverrides": [{ "Name": "a", "Environment": [${environment}] }] }\n} } } }`;
  const files = {
    'build.sh': 'docker build -t train .\n',
    'run.py': script,
    'ecs-task.json': task,
    'machine.asl.json': machine,
  };
  const all = await findings(rule, dockerfile, { files });
  return all.map((one) => [one.severity, machine.slice(one.start, one.end), one.file]);
}

describe('environment-unread', () => {
  it.each<[string, string, string]>([
    ['{ "Name": "DENSIFY", "Value.$": "$.densify" }', 'info', '"DENSIFY"'],
    ['{ "Name": "DENSIFY", "Value": "{% $densify %}" }', 'info', '"DENSIFY"'],
    ['{ "Name": "ITERATION", "Value": "3" }', 'warning', '"ITERATION"'],
    ['{ "Name": "SCENE_BUKCET", "Value": "b" }', 'warning', '"SCENE_BUKCET"'],
    ['{ "Name": "LOGLEVEL", "Value": "b" }', 'warning', '"LOGLEVEL"'],
  ])('catches %s', async (variable, severity, place) => {
    expect(await found(variable)).toEqual([[severity, place, 'machine.asl.json']]);
  });

  it.each<readonly [string, { script?: string; dockerfile?: string }?]>([
    ['{ "Name": "ITERATIONS", "Value.$": "$.n" }'],
    ['{ "Name": "ITERATIONS", "Value": "1" }, { "Name": "ITERATION", "Value": "1" }'],
    ['{ "Name": "OTHER", "Value": "fixed" }'],
    ['{ "Name": "API_KEY_2", "Value": "fixed" }'],
    ['{ "Name": "AWS_REGION", "Value.$": "$.region" }'],
    ['{ "Name": "DENSIFY", "Value.$": "$.n" }', { script: 'settings.densify\n' }],
    ['{ "Name": "DENSIFY", "Value.$": "$.n" }', { dockerfile: `${DOCKERFILE}COPY --from=acme/tools / /\n` }],
    [
      '{ "Name": "DENSIFY", "Value.$": "$.n" }',
      { dockerfile: DOCKERFILE.replace('"python", ', '"train", ') },
    ],
  ])('passes %s %j', async (...given) => {
    expect(await found(...given)).toEqual([]);
  });

  it('looks at Kubernetes and Compose', async () => {
    const files = {
      'compose.yaml': 'services:\n  a:\n    build: .\n    environment:\n      - ITERATION=3\n',
      'k8s.yaml':
        'apiVersion: v1\nkind: Pod\nspec: { containers: [{ name: a, image: train, env: [{ name: LOG_LEVLE }] }] }\n',
      'build.sh': 'docker build -t train .\n',
      'run.py': SCRIPT,
    };
    const all = await findings(rule, DOCKERFILE, { files });
    expect(all.map(({ file }) => file)).toEqual(['compose.yaml', 'k8s.yaml']);
  });
});

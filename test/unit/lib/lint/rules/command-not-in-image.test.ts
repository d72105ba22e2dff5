import { describe, expect, it } from '@jest/globals';
import { commandNotInImage as rule } from '../../../../../actions/lib/lint/rules/command-not-in-image.ts';
import { findings } from '../../../../support/lint-rule.ts';

const DOCKERFILE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY src/ ./\nCMD ["python", "run.py"]\n';
const BUILD =
  'docker build -t train .\ndocker tag train:latest $ECR/train:latest\ndocker tag train:latest $ECR/our-train\n';

async function marked(file: string, text: string, dockerfile = DOCKERFILE) {
  const files = { [file]: text, 'build.sh': BUILD, 'src/run.py': '', 'src/start.sh': '' };
  const found = await findings(rule, dockerfile, { files });
  return found.map((one) => [one.file, text.slice(one.start, one.end)]);
}

const pod = (more: string, image = 'train') =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: ${image}\n      ${more}\n`;
const compose = (more: string) => `services:\n  a:\n    build: .\n    ${more}\n`;
const job = (command: string) =>
  `resource "aws_ecr_repository" "t" {\n  name = "\${var.team}train"\n}\nresource "aws_batch_job_definition" "t" {\n  name = "t"\n  container_properties = jsonencode({\n    image   = "\${aws_ecr_repository.t.repository_url}:latest"\n    command = ${command}\n  })\n}\n`;

describe('command-not-in-image', () => {
  it.each<readonly [string, string, string, string?]>([
    ['k8s.yaml', pod('command: ["python", "src/run.py"]'), '["python", "src/run.py"]'],
    ['k8s.yaml', pod('args: ["python", "gone.py"]'), '["python", "gone.py"]'],
    [
      'k8s.yaml',
      pod('args: ["gone.py"]'),
      '["gone.py"]',
      DOCKERFILE.replace('CMD ["python", "run.py"]', 'ENTRYPOINT ["python"]'),
    ],
    ['k8s.yaml', pod('command: ["tini", "--", "python", "run.py"]'), '["tini", "--", "python", "run.py"]'],
    ['k8s.yaml', pod('command: ["sh", "-c", "exec python gone.py"]'), '["sh", "-c", "exec python gone.py"]'],
    [
      'k8s.yaml',
      pod('command: ["bash", "start.sh"]'),
      '["bash", "start.sh"]',
      'FROM python:3.12-alpine\nWORKDIR /app\nCOPY src/ ./\n',
    ],
    ['k8s.yaml', pod('workingDir: /src\n      command: ["python", "run.py"]'), '["python", "run.py"]'],
    ['compose.yaml', compose('command: python src/run.py'), 'python src/run.py'],
    ['compose.yaml', compose('entrypoint: ["python", "gone.py"]'), '["python", "gone.py"]'],
    [
      'task-definition.json',
      '{\n\t"containerDefinitions": [\n\t\t{ "name": "a", "image": "1.dkr.ecr.eu-west-1.amazonaws.com/train:latest", "command": ["python", "gone.py"] }\n\t]\n}',
      '["python", "gone.py"]',
    ],
  ])('catches %s %j', async (...[file, text, place, dockerfile]) => {
    expect(await marked(file, text, dockerfile ?? DOCKERFILE)).toEqual([[file, place]]);
  });

  it('catches Terraform', async () => {
    expect(await marked('infra/main.tf', job('["python", "gone.py"]'))).toEqual([
      ['infra/main.tf', '["python", "gone.py"]'],
    ]);
    expect(await marked('infra/main.tf', job('["python", "run.py"]'))).toEqual([]);
    expect(await marked('infra/main.tf', job('concat(["python"], var.more)'))).toEqual([]);
  });

  it('catches what a state starts', async () => {
    const machine = (command: string) =>
      `${job('["python", "run.py"]')}resource "aws_sfn_state_machine" "m" {\n  definition = jsonencode({\n    States = { Run = {\n      Resource = "arn:aws:states:::batch:submitJob.sync"\n      Parameters = {\n        JobDefinition = aws_batch_job_definition.t.arn\n        ContainerOverrides = { Command = ${command} }\n      }\n    } }\n  })\n}\n`;
    expect(await marked('main.tf', machine('["python", "old.py"]'))).toEqual([
      ['main.tf', '["python", "old.py"]'],
    ]);
    expect(await marked('main.tf', machine('["python", "run.py", "--fast"]'))).toEqual([]);
  });

  it('reads JSON in a here-document', async () => {
    const text = `resource "aws_ecs_task_definition" "t" {\n  family = "t"\n  container_definitions = <<EOF\n[{ "name": "a", "image": "\${var.registry}/train", "command": ["python", "gone.py"] }]\nEOF\n}\n`;
    expect(await marked('main.tf', text)).toEqual([['main.tf', '["python", "gone.py"]']]);
  });

  it.each<readonly [string, string, string?]>([
    ['k8s.yaml', pod('command: ["python", "run.py"]')],
    ['k8s.yaml', pod('command: ["python", "gone.py"]', 'train:1.2')],
    ['k8s.yaml', pod('command: ["python", "gone.py"]', 'other')],
    ['k8s.yaml', pod('command: ["python", "gone.py"]', 'train@sha256:00')],
    ['k8s.yaml', pod('command: ["python", "$(SCRIPT)"]')],
    ['k8s.yaml', pod('command: ["python", "gone.py"]\n      volumeMounts: [{ name: v, mountPath: /app }]')],
    ['k8s.yaml', pod('command: ["python", "-m", "gone"]')],
    ['k8s.yaml', pod('command: ["sh", "-c", "wget x; python gone.py"]')],
    ['k8s.yaml', pod('args: ["gone.py"]'), `${DOCKERFILE}ENTRYPOINT ./start.sh\n`],
    ['k8s.yaml', pod('args: ["/gone.py"]'), 'FROM gcr.io/distroless/python3-debian12\n'],
    ['k8s.yaml', pod('args: ["start.js"]'), 'FROM node:22\nWORKDIR /app\nCOPY src/run.py start.js\n'],
    ['k8s.yaml', pod('args: ["serve"]'), `${DOCKERFILE}ENTRYPOINT ["python", "run.py"]\n`],
    ['k8s.yaml', pod('command: ["python", "gone.py"]'), 'FROM acme/base\nCOPY src/ /app/\nWORKDIR /app\n'],
    ['compose.yaml', compose('command: python $SCRIPT')],
    ['compose.yaml', compose('command: python gone.py\n    volumes: [".:/app"]')],
    ['compose.yaml', compose('command: sh -c "python gone.py"')],
    ['a/b/c/k8s.yaml', pod('command: ["python", "gone.py"]').replace('Pod', '{{ .Kind }}')],
  ])('passes %s %j', async (...given) => {
    expect(await marked(...given)).toEqual([]);
  });

  it('looks at Compose files that are laid over each other', async () => {
    const files = {
      'compose.yaml': compose('command: python gone.py'),
      'compose.override.yaml': 'services:\n  a:\n    image: x\n    volumes: [".:/app"]\n',
    };
    expect(await findings(rule, DOCKERFILE, { files })).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { imageTagNotMade as rule } from '../../../../../actions/lib/lint/rules/image-tag-not-made.ts';
import { findings } from '../../../../support/lint-rule.ts';

const PUSH = '.github/workflows/push.yml';
const push = (run: string) =>
  `env:\n  NAME: coach\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - env:\n          TAG: \${{ github.sha }}\n        run: |\n          ${run}\n`;
const task = (image: string) =>
  `resource "aws_ecr_repository" "coach" {\n  name = "coach"\n}\nresource "aws_ecs_task_definition" "a" {\n  family = "a"\n  container_definitions = jsonencode([{\n    name  = "a"\n    image = "${image}"\n  }])\n}\n`;
const pod = (image: string) =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers: [{ name: a, image: "${image}" }]\n`;

async function marked(file: string, text: string, run: string) {
  const found = await findings(rule, 'FROM a\n', { files: { [file]: text, [PUSH]: push(run) } });
  return found.map((one) => text.slice(one.start, one.end));
}

const BUILD = 'docker build -t $REGISTRY/$NAME:$TAG . && docker push $REGISTRY/$NAME:$TAG';

describe('image-tag-not-made', () => {
  it.each<[string, string, string, string]>([
    [
      'main.tf',
      task(`\${aws_ecr_repository.coach.repository_url}:latest`),
      BUILD,
      `"\${aws_ecr_repository.coach.repository_url}:latest"`,
    ],
    [
      'main.tf',
      task(`\${aws_ecr_repository.coach.repository_url}`),
      BUILD,
      `"\${aws_ecr_repository.coach.repository_url}"`,
    ],
    [
      'k8s.yaml',
      pod('ghcr.io/acme/coach:main'),
      'docker build -t ghcr.io/acme/coach:$GITHUB_SHA .',
      '"ghcr.io/acme/coach:main"',
    ],
    ['k8s.yaml', pod('acme/coach'), 'docker build -t acme/coach:1.0 .', '"acme/coach"'],
    [
      'ecs-task.json',
      '{ "containerDefinitions": [{ "name": "a", "image": "acme/coach:latest" }] }',
      'docker build -t acme/coach:$(git rev-parse --short HEAD) .',
      '"acme/coach:latest"',
    ],
  ])('catches %s %j', async (file, text, run, place) => {
    expect(await marked(file, text, run)).toEqual([place]);
  });

  it.each<[string, string, string]>([
    ['main.tf', task(`\${aws_ecr_repository.coach.repository_url}:\${var.tag}`), BUILD],
    ['main.tf', task(`\${var.image}`), BUILD],
    [
      'main.tf',
      task(`\${aws_ecr_repository.coach.repository_url}:latest`),
      `${BUILD} && docker tag a $REGISTRY/coach:latest`,
    ],
    ['k8s.yaml', pod('acme/coach:latest'), 'docker build -t acme/coach:$VERSION .'],
    ['k8s.yaml', pod('acme/coach:latest'), 'docker build -t acme/coach .'],
    ['k8s.yaml', pod('acme/coach:1.2'), 'docker build -t acme/coach:1.3 .'],
    ['k8s.yaml', pod('acme/coach@sha256:00'), 'docker build -t acme/coach:1.3 .'],
    ['k8s.yaml', pod('acme/other:latest'), 'docker build -t acme/coach:1.3 .'],
    ['k8s.yaml', pod('docker.io/other/coach:latest'), 'docker build -t ghcr.io/acme/coach:1.3 .'],
    ['samples/a/b/k8s.yaml', pod('coach:latest'), 'echo'],
  ])('passes %s %j', async (file, text, run) => {
    expect(await marked(file, text, run)).toEqual([]);
  });

  it.each([
    ['Makefile', 'local:\n\t./build.sh ce "-t acme/coach:local"\n', []],
    ['scripts/build.sh', 'docker build $1 -t acme/coach:local .\n', []],
    ['scripts/build.sh', 'docker build $1 -t acme/other:local .\n', ['acme/coach:local']],
    ['README.md', 'acme/coach:local\n', ['acme/coach:local']],
  ])('looks into programs that may make it: %s %j', async (program, text, places) => {
    const compose = (tag: string) => `services:\n  a:\n    build: .\n    image: acme/coach:${tag}\n`;
    const local = 'services:\n  a:\n    image: acme/coach:local\n';
    const files = { 'compose.yaml': compose('1.0'), 'compose.local.yaml': local, [program]: text };
    const found = await findings(rule, 'FROM a\n', { files });
    expect(found.map((one) => local.slice(one.start, one.end))).toEqual(places);
  });
});

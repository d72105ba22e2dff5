import { expect, it } from '@jest/globals';
import { vendoredIn } from '../../../../actions/lib/lint/vendored.ts';

const isVendored = vendoredIn([
  'vendor/modules.txt',
  'vendor/github.com/a/b/Dockerfile',
  'api/vendor/autoload.php',
  'web/vendor/bundle/ruby/3.4/gems/x/Dockerfile',
  'docker/vendor/nvidia/Dockerfile',
  'docker/vendor/amd/modules.txt',
]);

it.each([
  'vendor/github.com/a/b/Dockerfile',
  'api/vendor/a/b/Dockerfile',
  'web/vendor/bundle/ruby/3.4/gems/x/Dockerfile',
  'node_modules/a/Dockerfile',
  'web/node_modules/a/docker/Dockerfile',
])('%s is of others', (path) => expect(isVendored(path)).toBe(true));

it.each([
  'docker/vendor/nvidia/Dockerfile',
  'docker/vendor/amd/Dockerfile',
  'Dockerfile',
  'vendor',
  'node_modules',
])('%s is of the project', (path) => expect(isVendored(path)).toBe(false));

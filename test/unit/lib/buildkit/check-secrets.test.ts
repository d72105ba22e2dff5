import { describe, expect, it } from '@jest/globals';
import { checkSecrets } from '../../../../actions/lib/buildkit/check-secrets.ts';

describe('checkSecrets', () => {
  it('accepts a set variable and a file that can be read', async () => {
    const secrets = [
      { id: 'token', env: 'TOKEN' },
      { id: 'self', file: import.meta.filename },
    ];
    await expect(checkSecrets(secrets, { TOKEN: 'x' }, 'Dockerfile')).resolves.toBeUndefined();
  });

  it('reports every secret without a value at once, an empty variable included', async () => {
    const secrets = [
      { id: 'token', env: 'TOKEN' },
      { id: 'empty', env: 'EMPTY' },
      { id: 'ca', file: '/nonexistent/ca.pem' },
    ];
    await expect(checkSecrets(secrets, { EMPTY: '' }, 'images/app/Dockerfile')).rejects.toMatchObject({
      kind: 'use',
      problems: [
        {
          code: 'build/missing-secret',
          place: { file: 'images/app/Dockerfile' },
          message: 'the secret "token" comes from the environment variable "TOKEN", which is not set',
        },
        {
          code: 'build/missing-secret',
          place: { file: 'images/app/Dockerfile' },
          message: 'the secret "empty" comes from the environment variable "EMPTY", which is not set',
        },
        {
          code: 'build/missing-secret',
          place: { file: 'images/app/Dockerfile' },
          message: 'the secret "ca" comes from the file "/nonexistent/ca.pem", which cannot be read',
        },
      ],
    });
  });
});

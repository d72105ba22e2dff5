import { describe, expect, it, test } from '@jest/globals';
import { explainFailure, type FailedBuild } from '../../../../actions/lib/buildkit/explain-failure.ts';
import { applyLine, type BuildProgress, EMPTY_PROGRESS } from '../../../../actions/lib/buildkit/progress.ts';
import { formatProblem } from '../../../../actions/lib/errors/darkroom-error.ts';
import { recordedBuild, recordedLines } from './recording.ts';

function failed(progress: BuildProgress, more: Partial<FailedBuild> = {}): FailedBuild {
  return {
    ...{
      progress,
      cancelled: false,
      dockerfile: 'containers/x/Dockerfile',
      instructions: [],
      builder: 'darkroom',
    },
    ...more,
  };
}

function explain(progress: BuildProgress) {
  const { problems, worthRetry } = explainFailure(failed(progress));
  return { code: problems[0]?.code, text: problems.map(formatProblem).join('\n'), worthRetry };
}

/** A build that ended with one error line. */
function ended(error: string) {
  return explain(applyLine(EMPTY_PROGRESS, `ERROR: failed to build: failed to solve: ${error}`));
}

describe('explainFailure, of recorded builds', () => {
  test.each<[string, string, string]>([
    [
      'missing-file',
      'build/missing-source',
      'containers/x/Dockerfile:3: "/nope.txt" is not in the build context',
    ],
    ['missing-in-stage', 'build/missing-source', 'containers/x/Dockerfile:3: "/nope" is not in "a"'],
    [
      'base-not-found',
      'build/base-not-found',
      'containers/x/Dockerfile:1: "127.0.0.1:5000/nope/nope:1" could not be pulled: it does not exist there',
    ],
    [
      'missing-secret',
      'build/missing-secret',
      'containers/x/Dockerfile:2: the step needs the secret "tok", which the build was not given',
    ],
    [
      'syntax-error',
      'build/dockerfile-syntax',
      'containers/x/Dockerfile:2: the Dockerfile cannot be read: unknown instruction: RUNN (did you mean RUN?)',
    ],
    [
      'empty-dockerfile',
      'build/dockerfile-syntax',
      'containers/x/Dockerfile:1: the Dockerfile cannot be read: file with no instructions',
    ],
    [
      'missing-target',
      'build/missing-target',
      'containers/x/Dockerfile: there is no stage "rum" to build (did you mean run?)',
    ],
    [
      'disk-full',
      'build/disk-full',
      `containers/x/Dockerfile:2: the builder's disk is full while it ran "RUN --mount=type=tmpfs,target=/t,size=1m dd if=/dev/zero of=/t/x bs=1M count=5": dd: error writing '/t/x': No space left on device`,
    ],
    [
      'command-not-found',
      'build/run-failed',
      'containers/x/Dockerfile:2: "RUN nosuchcommand" failed with exit code 127; it said:\n  | /bin/sh: nosuchcommand: not found\n  Exit code 127: the command was not found.',
    ],
    [
      'no-builder',
      'build/no-builder',
      'the builder "darkroom" cannot be used: no builder "nosuchbuilder" found',
    ],
    [
      'run-offline',
      'build/run-failed',
      'containers/x/Dockerfile:4: "RUN rm -f /etc/apt/sources.list.d/* && echo "deb http://deb.example.invalid/debian bookworm main" >…" failed with exit code 100; it said:',
    ],
    [
      'cache-with-holes',
      'build/layer-not-found',
      'containers/x/Dockerfile:4: a layer could not be pulled: it does not exist there',
    ],
    [
      'push-unauthorised',
      'build/push-denied',
      'containers/x/Dockerfile: "127.0.0.1:5000/t/x" could not be pushed, the registry refuses: unexpected status from HEAD request',
    ],
  ])('%s: %s', (recording, code, start) => {
    const { text, ...rest } = explain(recordedBuild(recording));
    expect(rest).toEqual({ code, worthRetry: false });
    expect(text.slice(0, start.length)).toBe(start);
  });

  test.each<[string, string, string]>([
    ['base-unreachable', 'build/base-unreachable', 'no such host'],
    ['frontend-unreachable', 'build/base-unreachable', '"docker.io/docker/dockerfile:1" could not be pulled'],
    ['push-unreachable', 'build/push-unreachable', '"127.0.0.1:5001/t/x" could not be pushed'],
    // The registry's code and message alone would not say that it was a 503.
    ['push-ill', 'build/push-unreachable', '503 Service Unavailable unknown: proxy says 503'],
    ['push-busy', 'build/push-unreachable', 'toomanyrequests: proxy says 429'],
    ['download-busy', 'build/wrong-checksum', 'answered has the checksum "sha256:'],
    ['git-unreachable', 'build/failed', 'Could not resolve host: nowhere.invalid'],
  ])('%s is worth another try', (recording, code, part) => {
    const { text, ...rest } = explain(recordedBuild(recording));
    expect(rest).toEqual({ code, worthRetry: true });
    expect(text).toContain(part);
  });

  it('shows the failing instruction and the last twenty lines of its own output, made harmless', () => {
    const { text } = explain(recordedBuild('run-failed'));
    const lines = text.split('\n');
    expect(lines[0]).toBe(
      'containers/x/Dockerfile:2: "RUN echo before  && for i in $(seq 1 30); do echo out $i; done  && printf "\\033[31mred\\033[0m\\n::er…" failed with exit code 3; it said:',
    );
    expect(lines.slice(1)).toEqual([
      ...Array.from({ length: 18 }, (_, index) => `  | out ${index + 13}`),
      '  | red',
      '  | : :error::x',
    ]);
  });

  it('finds the line by the instruction when Buildx printed no source', () => {
    const progress = recordedLines('run-failed')
      .filter((line) => line.startsWith('{'))
      .reduce(applyLine, EMPTY_PROGRESS);
    const place = { file: 'containers/x/Dockerfile', line: 7 };
    const text = String.raw`RUN echo before \
 && for i in $(seq 1 30); do echo out $i; done \
 && printf "\033[31mred\033[0m\n::error::x\n" \
 && exit 3`;
    const instructions = [
      { stage: '0', keyword: 'RUN', place: { ...place, line: 3 }, text: 'RUN true' },
      { stage: '0', keyword: 'RUN', place, text },
    ];
    const { problems } = explainFailure(failed(progress, { instructions }));
    expect(problems[0]).toMatchObject({ code: 'build/run-failed', place });
  });

  it('blames the step Buildx names when two failed at once', () => {
    const vertex = (stage: string, command: string, code: number) => ({
      digest: `sha256:${stage}`,
      name: `[${stage} 2/2] RUN ${command}`,
      error: `process "/bin/sh -c ${command}" did not complete successfully: exit code: ${code}`,
    });
    const [one, other] = [vertex('a', 'make one', 1), vertex('b', 'make other', 2)];
    const lines = [
      JSON.stringify({ vertexes: [one, other] }),
      `ERROR: failed to build: failed to solve: ${other.error}`,
    ];
    expect(explain(lines.reduce(applyLine, EMPTY_PROGRESS)).text).toBe(
      'containers/x/Dockerfile: "RUN make other" failed with exit code 2',
    );
  });

  it('says only that a cancelled build was cancelled', () => {
    expect(explainFailure(failed(recordedBuild('run-failed'), { cancelled: true }))).toEqual({
      problems: [{ code: 'build/cancelled', message: 'the build was cancelled' }],
      worthRetry: false,
    });
  });

  it('does not blame a cache that is not there yet', () => {
    const died = recordedLines('success').slice(0, 60).reduce(applyLine, EMPTY_PROGRESS);
    const { code, text } = explain(applyLine(died, 'ERROR: Buildx was ended by SIGKILL'));
    expect([code, text]).toEqual([
      'build/failed',
      'containers/x/Dockerfile: the build failed: Buildx was ended by SIGKILL',
    ]);
  });
});

describe('explainFailure, of errors registries give', () => {
  const base = 'ghcr.io/a/b:1: failed to resolve source metadata for ghcr.io/a/b:1: ';
  test.each<[string, string, boolean]>([
    [
      `${base}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
      'build/base-denied',
      false,
    ],
    [
      `${base}failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://ghcr.io/token?x=500: 403 Forbidden`,
      'build/base-denied',
      false,
    ],
    [
      `${base}unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 429 Too Many Requests`,
      'build/base-unreachable',
      true,
    ],
    [
      `${base}unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 503 Service Unavailable`,
      'build/base-unreachable',
      true,
    ],
    [
      `${base}failed to do request: Head "https://ghcr.io/v2/a/b/manifests/1": net/http: TLS handshake timeout`,
      'build/base-unreachable',
      true,
    ],
    [
      'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://ghcr.io/v2/a/b/blobs/sha256:ab": read tcp 10.0.0.2:4->10.0.0.3:443: read: connection reset by peer',
      'build/layer-unreachable',
      true,
    ],
    [`${base}ghcr.io/a/b:1: not found`, 'build/base-not-found', false],
    [
      'failed to resolve source metadata for ghcr.io/a/b@sha256:ab: ghcr.io/a/b@sha256:ab: not found',
      'build/base-not-found',
      true,
    ],
    [
      'failed to compute cache key: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to https://ghcr.io/v2/a/b/blobs/sha256:ab: 403 Forbidden\ndenied: no',
      'build/layer-denied',
      false,
    ],
    ['failed to push ghcr.io/a/b: toomanyrequests: retry-after: 1s', 'build/push-unreachable', true],
    ['failed to push ghcr.io/a/b: unavailable: service unavailable', 'build/push-unreachable', true],
    ['failed to push ghcr.io/a/b: unauthorized: authentication required', 'build/push-denied', false],
    ['failed to push ghcr.io/a/b: denied: permission_denied: write_package', 'build/push-denied', false],
    ['failed to push ghcr.io/a/b: unknown: manifest invalid', 'build/push-failed', false],
    [
      "failed to fetch remote https://x.invalid/a.git: git stderr:\nfatal: unable to access 'https://x.invalid/a.git/': The requested URL returned error: 503\n: exit status 128",
      'build/failed',
      true,
    ],
    [
      'failed to push ghcr.io/a/b: unexpected status from POST request to https://ghcr.io/v2/a/b/blobs/uploads/: 403 Forbidden',
      'build/push-denied',
      false,
    ],
    [
      'failed to push ghcr.io/a/b: server message: insufficient_scope: authorization failed',
      'build/push-denied',
      false,
    ],
    [
      'failed to push ghcr.io/a/b: failed to copy: unexpected status from PUT request to https://ghcr.io/v2/a/b/blobs/uploads/1: 502 Bad Gateway',
      'build/push-unreachable',
      true,
    ],
    [
      'failed to push ghcr.io/a/b: unexpected status from PUT request to https://ghcr.io/v2/a/b/manifests/x: 400 Bad Request',
      'build/push-failed',
      false,
    ],
    [
      'failed to push r:5000/a/b: unexpected status from PUT request to http://r:5000/v2/a/b/blobs/uploads/1: 500 Internal Server Error: write /var/lib/registry/x: no space left on device',
      'build/disk-full',
      false,
    ],
    ['failed to commit layer: write /var/lib/docker/x: no space left on device', 'build/disk-full', false],
    [
      'failed to commit 58yf to 05qz during finalize: failed to stat active key during commit: snapshot 58yf does not exist: not found',
      'build/step-lost',
      true,
    ],
    ['something nobody has seen before', 'build/failed', false],
  ])('%s', (error, code, worthRetry) => {
    expect(ended(error)).toMatchObject({ code, worthRetry });
  });

  it('names the registry, the repository and the permission that a refused push needs', () => {
    const { text } = ended('failed to push ghcr.io/a/b: denied: permission_denied: write_package');
    expect(text).toContain('Log in to "ghcr.io" as somebody who may write "a/b".');
    expect(text).toContain('"packages: write"');
  });

  it('names the repository of a layer that could not be pulled', () => {
    const { text } = ended(
      'failed to compute cache key: failed to copy: httpReadSeeker: failed open: unexpected status from GET request to http://r:5000/v2/a/b/blobs/sha256:ab: 403 Forbidden\ndenied: no',
    );
    expect(text).toContain('a layer of "r:5000/a/b" could not be pulled, the registry refuses: ');
    expect(text).toContain('Log in to "r:5000" as somebody who may read "a/b".');
  });

  it('says that the registry, not the builder, is full', () => {
    const { text } = ended(
      'failed to push r/a: unexpected status from PUT request to http://r/v2/: 500: no space left on device',
    );
    expect(text).toContain('the registry has no space left');
  });
});

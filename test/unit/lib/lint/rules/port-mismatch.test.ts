import { describe, expect, it } from '@jest/globals';
import { portMismatch as rule } from '../../../../../actions/lib/lint/rules/port-mismatch.ts';
import { findings, marked } from '../../../../support/lint-rule.ts';

const UVICORN = 'CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]';
const CHECK = 'HEALTHCHECK CMD curl -f http://localhost:8080/health';

describe('port-mismatch', () => {
  it.each<[string, readonly string[]]>([
    [`EXPOSE 8080\n${UVICORN}`, ['EXPOSE 8080']],
    [`${CHECK}\n${UVICORN}`, [CHECK]],
    [`EXPOSE 8080/tcp\n${CHECK}\n${UVICORN}`, ['EXPOSE 8080/tcp', CHECK]],
    ['EXPOSE 80\nCMD gunicorn -w 4 --bind=0.0.0.0:5000 app:app', ['EXPOSE 80']],
    ['EXPOSE 80\nENTRYPOINT ["gunicorn", "app:app"]\nCMD ["-b", ":5000"]', ['EXPOSE 80']],
    [
      'EXPOSE 80\nENTRYPOINT ["tini", "--"]\nCMD ["python", "-m", "uvicorn", "a:b", "--port=8000"]',
      ['EXPOSE 80'],
    ],
    ['EXPOSE 8080\nCMD streamlit run app.py \\\n  --server.port 8501', ['EXPOSE 8080']],
    ['EXPOSE 80\nCMD ["sh", "-c", "exec python -m http.server 8000"]', ['EXPOSE 80']],
    ['EXPOSE 5001\nCMD ["flask", "run", "-h", "0.0.0.0", "-p", "5000"]', ['EXPOSE 5001']],
  ])('catches %j', async (text, places) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual(places);
  });

  it('sees stages below, and what comes last', async () => {
    const text = `FROM python:3.12 AS base\nEXPOSE 80\nCMD ["uvicorn", "a:b", "--port", "80"]\nFROM base\n${UVICORN}\n`;
    expect(await marked(rule, text)).toEqual(['EXPOSE 80']);
  });

  it.each([
    `EXPOSE 8000\nHEALTHCHECK CMD curl http://127.0.0.1:8000\n${UVICORN}`,
    `EXPOSE 8000 8080\n${CHECK}\n${UVICORN}`,
    `EXPOSE 9090 8000\n${UVICORN}`,
    `EXPOSE $PORT\n${UVICORN}`,
    'EXPOSE 80\nCMD uvicorn app:app --port $PORT',
    'EXPOSE 80\nCMD uvicorn app:app --port 8000 & nginx',
    'EXPOSE 80\nCMD ["uvicorn", "app:app"]',
    'EXPOSE 80\nCMD ["./start.sh", "--port", "8000"]',
    `HEALTHCHECK CMD curl http://other:8080\n${UVICORN}`,
    `HEALTHCHECK CMD curl http://localhost/\n${UVICORN}`,
    `HEALTHCHECK NONE\n${UVICORN}`,
    'EXPOSE 80\nCMD ["python", "-c", "--port 8000"]',
  ])('passes %j', async (text) => {
    expect(await marked(rule, `FROM python:3.12\n${text}\n`)).toEqual([]);
  });

  describe('in Compose', () => {
    const found = async (lines: string, dockerfile = `FROM python:3.12\n${UVICORN}\n`) => {
      const text = `services:\n  web:\n    build: .\n${lines}`;
      const all = await findings(rule, dockerfile, { files: { 'compose.yaml': text } });
      return all.map(({ start, end }) => text.slice(start, end));
    };

    it.each<[string, string]>([
      ['    ports:\n      - "8080:5000"\n', '"8080:5000"'],
      ['    ports:\n      - 127.0.0.1:80:5000/tcp # web\n', '127.0.0.1:80:5000/tcp'],
      ['    ports:\n      - target: 5000\n', 'target: 5000'],
      ['    healthcheck:\n      test: curl -f http://localhost:5000/\n', 'curl -f http://localhost:5000/'],
    ])('catches %j', async (lines, place) => {
      expect(await found(lines)).toEqual([place]);
    });

    it.each([
      '    ports: ["5000:8000"]\n',
      '    ports: ["8000"]\n',
      '    ports: ["80:80", "8000:8000"]\n',
      '    ports: ["53:53/udp"]\n',
      '    ports: ["80:$PORT"]\n',
      '    ports: ["3000-3005:3000-3005"]\n',
      '    ports: ["80:5000"]\n    command: python app.py\n',
      '    ports: []\n',
      '    healthcheck: { test: ["CMD", "curl", "http://localhost:8000"] }\n',
    ])('passes %j', async (lines) => {
      expect(await found(lines)).toEqual([]);
    });

    it('passes a second port that is exposed', async () => {
      expect(
        await found('    ports: ["80:9090"]\n', `FROM python:3.12\nEXPOSE 8000 9090\n${UVICORN}\n`),
      ).toEqual([]);
    });
  });

  describe('in files that run the image', () => {
    const dockerfile = `FROM python:3.12\n${UVICORN}\n`;
    const found = async (file: string, text: string, from = dockerfile) => {
      const files = { [file]: text, 'build.sh': 'docker build -t web .\n' };
      const all = await findings(rule, from, { files });
      return all.map(({ start, end, severity }) => [severity, text.slice(start, end)]);
    };
    const pod = (more: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { labels: { app: web } }\nspec:\n  containers:\n    - name: a\n      image: web\n      ${more}\n`;
    const service = (port: string) =>
      `apiVersion: v1\nkind: Service\nspec:\n  selector: { app: web }\n  ports: [{ port: 80, targetPort: ${port} }]\n`;

    it.each<[string, string, string, string]>([
      ['k8s.yaml', pod('readinessProbe: { httpGet: { path: /, port: 5000 } }'), 'warning', '5000'],
      ['k8s.yaml', pod('ports: [{ containerPort: 5000 }]'), 'info', '5000'],
      ['k8s.yaml', `${pod('ports: [{ containerPort: 8000 }]')}---\n${service('5000')}`, 'warning', '5000'],
      [
        'k8s.yaml',
        pod('args: ["uvicorn", "a:b", "--port", "9000"]\n      livenessProbe: { tcpSocket: { port: 8000 } }'),
        'warning',
        '8000',
      ],
      [
        'task.json',
        '{"containerDefinitions":[{"name":"a","image":"web","portMappings":[{"containerPort":3000}]}]}',
        'warning',
        '3000',
      ],
    ])('catches %s %j', async (file, text, severity, place) => {
      expect(await found(file, text)).toEqual([[severity, place]]);
    });

    it.each<readonly [string, string, string?]>([
      ['k8s.yaml', pod('readinessProbe: { httpGet: { path: /, port: 8000 } }')],
      ['k8s.yaml', pod('readinessProbe: { httpGet: { path: /, port: http } }')],
      ['k8s.yaml', pod('readinessProbe: { httpGet: { host: other, port: 5000 } }')],
      [
        'k8s.yaml',
        pod(
          'ports: [{ containerPort: 8000 }, { containerPort: 9090 }]\n      livenessProbe: { httpGet: { port: 9090 } }',
        ),
      ],
      ['k8s.yaml', pod('ports: [{ containerPort: 53, protocol: UDP }]')],
      ['k8s.yaml', pod('command: ["./start.sh"]\n      livenessProbe: { httpGet: { port: 9090 } }')],
      ['k8s.yaml', `${pod('tty: true')}---\n${service('5000').replace('app: web', 'app: other')}`],
      ['k8s.yaml', pod('livenessProbe: { httpGet: { port: 9090 } }'), `${dockerfile}EXPOSE 8000 9090\n`],
    ])('passes %s %j', async (...given) => {
      expect(await found(...given)).toEqual([]);
    });
  });
});

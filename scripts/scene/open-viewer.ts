/**
 * Opens a page of a scene (viewer.html, report.html) in headless Chromium without network and photographs it:
 *
 *     node scripts/scene/open-viewer.ts PAGE.html PICTURE.png [--size 1005x753] [--dark] [--wait SECONDS] [--at SECONDS]
 *
 * Prints what the page asked for as JSON and ends with 1 when a request would have left the page or a script failed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { connectDevtools, type Devtools } from './devtools.ts';

export interface PageView {
  readonly page: string;
  /** Where the PNG of the page goes. */
  readonly picture: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** The whole page instead of the part a window of this size shows. */
  readonly whole?: boolean;
  /** Seconds along the camera track; the viewer then stands still there. Default: its first camera. */
  readonly at?: number;
  /** Longest wait for the viewer's first frame, seconds: software rendering takes ten and more. Default 120. */
  readonly wait?: number;
  /** The browser. Default: `CHROMIUM`, else `chromium`. */
  readonly chromium?: string;
}

export interface SeenPage {
  /** Every address the page or its workers asked for; `data:` ones cut to 64 characters. */
  readonly requests: readonly string[];
  /** Those of them that are not `file:`, `data:` or `blob:`. */
  readonly left: readonly string[];
  /** Uncaught exceptions of its scripts. */
  readonly errors: readonly string[];
  /** Length of the viewer's camera track, seconds; null for a page that is no viewer. */
  readonly trackSeconds: number | null;
}

/** Hosts resolve to nothing and the background services of the browser stay off: no packet leaves the machine. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--remote-debugging-port=0',
];

/** Gives what the page asked for, after its picture was written. @throws Error when the browser or the first frame does not come. */
export async function openViewer(view: PageView): Promise<SeenPage> {
  const profile = await mkdtemp(path.join(tmpdir(), 'darkroom-viewer-'));
  const program = view.chromium ?? process.env.CHROMIUM ?? 'chromium';
  const browser = execa(program, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdin: 'ignore',
    buffer: false,
    reject: false,
  });
  try {
    const devtools = await connectDevtools(await devtoolsAddress(browser.stderr, program));
    const seen = await photograph(devtools, view);
    await devtools.send('Browser.close').catch(() => undefined);
    return seen;
  } finally {
    browser.kill();
    await browser;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function devtoolsAddress(stderr: NodeJS.ReadableStream, program: string): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
    said.push(line);
  }
  throw new Error(`"${program}" did not start: ${said.at(-1) ?? 'no word from it (is it installed?)'}`);
}

async function photograph(devtools: Devtools, view: PageView): Promise<SeenPage> {
  const requests: string[] = [];
  const errors: string[] = [];
  devtools.listen((method, params, session) => {
    if (method === 'Network.requestWillBeSent') requests.push((params.request as { url: string }).url);
    if (method === 'Runtime.exceptionThrown') errors.push(exceptionText(params));
    if (method === 'Target.attachedToTarget') void watch(devtools, params.sessionId as string, session);
  });
  const { targetId } = await devtools.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: true });
  const page = sessionId as string;
  await watch(devtools, page);
  const { width, height } = view;
  await devtools.send(
    'Emulation.setDeviceMetricsOverride',
    { width, height, deviceScaleFactor: 1, mobile: false },
    page,
  );
  const scheme = { name: 'prefers-color-scheme', value: view.dark === true ? 'dark' : 'light' };
  await devtools.send('Emulation.setEmulatedMedia', { features: [scheme] }, page);
  const url = `${pathToFileURL(path.resolve(view.page)).href}?noanim&noui`;
  const { errorText } = await devtools.send('Page.navigate', { url }, page);
  if (errorText !== undefined) throw new Error(`${view.page}: ${String(errorText)}`);
  const trackSeconds = await firstFrame(devtools, page, view.wait ?? 120);
  if (view.at !== undefined) await evaluate(devtools, page, `scrubTo(${view.at})`);
  // One more second: splats are sorted in a worker after the first frame.
  if (trackSeconds !== null) await sleep(1000);
  const shot = await devtools.send(
    'Page.captureScreenshot',
    { captureBeyondViewport: view.whole === true },
    page,
  );
  await writeFile(view.picture, Buffer.from(shot.data as string, 'base64'));
  const left = requests.filter((url) => !/^(file|data|blob):/.test(url));
  return {
    requests: requests.map((url) => (url.startsWith('data:') ? url.slice(0, 64) : url)),
    left,
    errors,
    trackSeconds,
  };
}

/** Workers are watched too, from before their first statement. */
async function watch(devtools: Devtools, session: string, parent?: string): Promise<void> {
  const enable =
    parent === undefined
      ? ['Page.enable', 'Runtime.enable', 'Network.enable']
      : ['Runtime.enable', 'Network.enable'];
  await Promise.allSettled(enable.map(async (command) => devtools.send(command, {}, session)));
  const workers = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
  await Promise.allSettled([devtools.send('Target.setAutoAttach', workers, session)]);
  await Promise.allSettled([devtools.send('Runtime.runIfWaitingForDebugger', {}, session)]);
}

/** Length of the track once the viewer has drawn, null once a page without viewer is loaded. */
async function firstFrame(devtools: Devtools, page: string, seconds: number): Promise<number | null> {
  const until = Date.now() + seconds * 1000;
  const state = `document.readyState !== 'complete' ? 'loading' : window.sse === undefined ? null : window.animationDuration ?? 'loading'`;
  for (;;) {
    const value = await evaluate(devtools, page, state);
    if (value !== 'loading') return value as number | null;
    if (Date.now() > until) throw new Error(`the viewer drew no frame in ${seconds} s`);
    await sleep(200);
  }
}

async function evaluate(devtools: Devtools, page: string, expression: string): Promise<unknown> {
  const answer = await devtools.send(
    'Runtime.evaluate',
    { expression, awaitPromise: true, returnByValue: true },
    page,
  );
  return (answer.result as { value?: unknown }).value;
}

function exceptionText(params: Readonly<Record<string, unknown>>): string {
  const details = params.exceptionDetails as { text: string; exception?: { description?: string } };
  return details.exception?.description ?? details.text;
}

async function main(): Promise<void> {
  const options = {
    size: { type: 'string', default: '1280x800' },
    dark: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    wait: { type: 'string', default: '120' },
    at: { type: 'string' },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [page, picture] = positionals;
  const [width = 0, height = 0] = values.size.split('x').map(Number);
  if (page === undefined || picture === undefined || !(width > 0 && height > 0)) {
    process.stderr.write(
      'usage: open-viewer.ts PAGE.html PICTURE.png [--size WxH] [--dark] [--whole] [--wait S] [--at S]\n',
    );
    process.exitCode = 2;
    return;
  }
  const at = values.at === undefined ? {} : { at: Number(values.at) };
  const { dark, whole } = values;
  const seen = await openViewer({
    page,
    picture,
    width,
    height,
    dark,
    whole,
    wait: Number(values.wait),
    ...at,
  });
  process.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
  if (seen.left.length > 0 || seen.errors.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main();

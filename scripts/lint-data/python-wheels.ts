/**
 * Writes for which versions of Python the releases of compiled packages have a wheel on PyPI, for Linux on x86_64:
 * `scripts/lint-data/python-wheels.ts`.
 */
import { writeFileSync } from 'node:fs';

const OUTPUT = 'actions/lib/lint/data/python-wheels.json';
const SOURCE = 'https://pypi.org/simple/';
/** Those that images with CUDA and machine learning install, and that nobody compiles by accident and is glad of it. */
const PACKAGES = [
  ...[
    'torch',
    'torchvision',
    'torchaudio',
    'triton',
    'xformers',
    'tensorflow',
    'tensorflow-cpu',
    'tensorflow-gpu',
    'jaxlib',
  ],
  ...[
    'onnxruntime',
    'onnxruntime-gpu',
    'openvino',
    'paddlepaddle',
    'paddlepaddle-gpu',
    'tflite-runtime',
    'ray',
  ],
  ...[
    'cupy-cuda11x',
    'cupy-cuda12x',
    'faiss-cpu',
    'mediapipe',
    'open3d',
    'pymeshlab',
    'pycolmap',
    'usd-core',
    'bpy',
  ],
  ...['numpy', 'scipy', 'pandas', 'scikit-learn', 'scikit-image', 'pyarrow', 'numba', 'llvmlite', 'h5py'],
  ...['opencv-python', 'opencv-python-headless', 'tokenizers', 'sentencepiece', 'grpcio'],
];

interface PublishedFile {
  readonly filename: string;
  readonly yanked?: boolean | string;
}

/** One release. */
interface Release {
  /** `8 9 10` for Python 3.8, 3.9 and 3.10, `7+` for 3.7 and every later one. */
  pythons: Set<string>;
  hasSource: boolean;
  /** A wheel that runs anywhere. */
  isPure: boolean;
  hasMusl: boolean;
}

const packages: Record<string, unknown> = {};
for (const name of PACKAGES) {
  const releases = readReleases(name, await filesOf(name));
  packages[name] = Object.fromEntries(
    [...releases].flatMap(([version, { pythons, hasSource, isPure, hasMusl }]) => {
      if (isPure || pythons.size === 0 || pythons.has('0+')) return [];
      const words = [...pythons].sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
      return [
        [version, [...words, ...(hasSource ? ['source'] : []), ...(hasMusl ? ['musl'] : [])].join(' ')],
      ];
    }),
  );
  process.stderr.write(`${name}: ${Object.keys(packages[name] as object).length} releases\n`);
}
const date = new Date().toISOString().slice(0, 10);
writeFileSync(OUTPUT, `${JSON.stringify({ source: SOURCE, date, packages }, null, 2)}\n`);

async function filesOf(name: string): Promise<readonly PublishedFile[]> {
  const headers = { accept: 'application/vnd.pypi.simple.v1+json' };
  const response = await fetch(`${SOURCE}${name}/`, { headers });
  if (!response.ok) throw new Error(`${SOURCE}${name}/ answered ${response.status}`);
  return ((await response.json()) as { readonly files: readonly PublishedFile[] }).files;
}

function readReleases(name: string, files: readonly PublishedFile[]): ReadonlyMap<string, Release> {
  const releases = new Map<string, Release>();
  const pattern = new RegExp(
    `^${name.replaceAll('-', '[-_.]')}-(\\d+(?:\\.\\d+)*(?:\\.?post\\d+)?)(?:-|\\.tar|\\.zip)`,
    'i',
  );
  for (const { filename, yanked } of files) {
    const version = pattern.exec(filename)?.[1];
    if (version === undefined || (yanked ?? false) !== false) continue;
    const release = releases.get(version) ?? {
      pythons: new Set(),
      hasSource: false,
      isPure: false,
      hasMusl: false,
    };
    releases.set(version, release);
    if (!filename.endsWith('.whl')) release.hasSource = true;
    else readWheel(filename, release);
  }
  return releases;
}

/** https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention */
function readWheel(filename: string, release: Release): void {
  const [python = '', abi = '', platform = ''] = filename
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  if (platform === 'any') release.isPure = true;
  else if (/musllinux.*_x86_64/.test(platform)) release.hasMusl = true;
  else if (!/linux.*_x86_64/.test(platform) || /t$/.test(abi)) return;
  else {
    for (const tag of python.split('.')) {
      const minor = /^(?:cp|py)3(\d*)$/.exec(tag)?.[1];
      if (minor === undefined) continue;
      const isOpen = abi.includes('abi3') || abi === 'none';
      release.pythons.add(isOpen ? `${minor || '0'}+` : minor);
    }
  }
}

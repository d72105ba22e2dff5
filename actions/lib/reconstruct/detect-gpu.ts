import { execa } from 'execa';

/** Whether a GPU of this machine can be used: NVIDIA's driver answers and lists one. */
export async function detectGpu(): Promise<boolean> {
  const { exitCode, stdout } = await execa('nvidia-smi', ['--list-gpus'], { reject: false, timeout: 10_000 });
  return exitCode === 0 && stdout.includes('GPU');
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * What the image gives Node, and what Node takes of the chart's limit: half of it for the old generation of the heap
 * (V8's `HeapSizeFromPhysicalMemory`), which is said here by a flag, for a test has no container.
 */
export const asInTheChart = async (): Promise<{ nodeFlags: readonly string[]; limitMiB: number }> => {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const values = await readFile(join(root, 'deploy/charts/machine-client-operator/values.yaml'), 'utf8');
  const entrypoint = /^ENTRYPOINT (\[.*main\.js.*\])$/m.exec(dockerfile)?.[1];
  const limitMiB = Number(/limits:\n\s+memory: (\d+)Mi/.exec(values)?.[1]);
  if (entrypoint === undefined || Number.isNaN(limitMiB))
    throw new Error('there is no limit, or no entrypoint');
  const flags = (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--'));
  return { nodeFlags: [...flags, `--max-old-space-size=${limitMiB / 2}`], limitMiB };
};

/** The most that a process of Linux ever had in memory. */
export const peakMiB = async (pid: number | 'self'): Promise<number> =>
  Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

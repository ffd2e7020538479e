import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while holding the lock file at `path`, which names the holder's process id; the lock of a process
 * that is no more is taken over.
 *
 * It spares double work and no more: two that take over the same dead lock at the same moment may both run, so
 * `work` must bear that.
 */
export const withLock = async (
  path: string,
  onProgress: (message: string) => void,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> => {
  for (let announced = false; !(await acquire(path)); announced = true) {
    if (!announced) onProgress(`waiting for another process that builds the same (${path})`);
    await delay(500, undefined, signal && { signal });
  }
  try {
    await work();
  } finally {
    await rm(path, { force: true });
  }
};

const acquire = async (path: string): Promise<boolean> => {
  // Written elsewhere and linked, so that no one ever sees a lock without its holder.
  const claim = `${path}.${randomUUID()}`;
  await writeFile(claim, String(process.pid));
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(claim, { force: true });
  }
  const holder = await readFile(path, 'utf8').catch(() => undefined);
  if (holder !== undefined && !isAlive(Number(holder))) await rm(path, { force: true });
  return false;
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

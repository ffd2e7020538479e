import { execFileSync } from 'node:child_process';

/** The kubectl that walks use. */
export const kubectlPath = (): Promise<string> =>
  Promise.resolve(execFileSync('bash', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim());

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const promtool = async (...args: readonly string[]): Promise<string> => {
  try {
    return (await promisify(execFile)('promtool', args, { cwd: import.meta.dirname })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (code === 'ENOENT')
      throw new Error('promtool is missing: apt-get install prometheus', { cause: error });
    return `${stdout}${stderr}`;
  }
};

test('the alerts are rules that Prometheus takes, and fire when they should', async () => {
  const rules = join(import.meta.dirname, '../../deploy/monitoring/alerts.yaml');
  expect(await promtool('check', 'rules', rules)).toContain('SUCCESS: 11 rules found');
  expect(await promtool('test', 'rules', 'alerts.promtool.yaml')).toContain('SUCCESS');
});

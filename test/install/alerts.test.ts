import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { findPrometheus } from '../tools/debian.ts';

let binary: string;
beforeAll(async () => {
  ({ promtool: binary } = await findPrometheus());
});

const promtool = (...args: readonly string[]): Promise<string> =>
  promisify(execFile)(binary, args, { cwd: import.meta.dirname }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout?: string; stderr?: string }) => `${stdout}${stderr}`,
  );

test('the alerts are rules that Prometheus takes, and fire when they should', async () => {
  const rules = join(import.meta.dirname, '../../deploy/monitoring/alerts.yaml');
  const tried = await readFile(join(import.meta.dirname, 'alerts.promtool.yaml'), 'utf8');
  const alerts = (await readFile(rules, 'utf8')).match(/(?<=- alert: )\w+/g) ?? [];
  expect(alerts.filter((alert) => !tried.includes(`alertname: ${alert}\n`))).toEqual([]);
  expect(await promtool('check', 'rules', rules)).toContain(`SUCCESS: ${alerts.length} rules found`);
  expect(await promtool('test', 'rules', 'alerts.promtool.yaml')).toContain('SUCCESS');
});

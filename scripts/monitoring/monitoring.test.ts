import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeMetrics } from '../../src/observability/metrics.ts';
import { dashboard } from './dashboard.ts';

/** What alerts and dashboard ask for is what the operator serves, and each alert says what to do. */
const root = join(import.meta.dirname, '../..');

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

const rules = async (): Promise<Alerts['groups'][number]['rules']> => {
  const text = await readFile(join(root, 'deploy/monitoring/alerts.yaml'), 'utf8');
  return (parse(text) as Alerts).groups.flatMap((group) => group.rules);
};
const queries = (): string[] =>
  (JSON.parse(dashboard()) as Dashboard).panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr),
  );

/** `a_bucket` and `a_count` are of the histogram `a`. */
const metricsIn = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:machine_client_operator|workqueue|process|nodejs)_\w+/g)].map(([name]) =>
    name.replace(/(?<=_seconds)_(bucket|count|sum)$/, ''),
  );

test('every metric that is asked for is served', async () => {
  const { registry } = makeMetrics({
    ofProcess: true,
    queues: () => [],
    machineClients: () => [],
    accounts: () => [],
    leading: () => true,
    perObject: true,
  });
  const served = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  const asked = [...(await rules()).map(({ expr }) => expr), ...queries()].flatMap(metricsIn);
  expect(asked.length).toBeGreaterThan(25);
  expect([...new Set(asked)].filter((name) => !served.has(name))).toEqual([]);
});

test('each alert has a section in the runbook, and each section an alert', async () => {
  const runbook = await readFile(join(root, 'docs/runbook.md'), 'utf8');
  const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual((await rules()).map(({ alert }) => alert));
});

test('each alert is tested by promtool', async () => {
  const tests = await readFile(join(root, 'test/install/alerts.promtool.yaml'), 'utf8');
  const fires = [...tests.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)].map(([, name]) => name);
  expect(new Set(fires)).toEqual(new Set((await rules()).map(({ alert }) => alert)));
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { dashboard } from '../../scripts/monitoring/dashboard.ts';
import { startChild } from '../control-plane/child.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { freePort } from '../control-plane/ready.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';
import { findPrometheus } from '../tools/debian.ts';

/** A real Prometheus looks at a real operator: each query of the dashboard has an answer, and each alert can be evaluated. */
const alerts = join(import.meta.dirname, '../../deploy/monitoring/alerts.yaml');
let cluster: ControlPlane;
let folder: string;
let binary: string;

beforeAll(async () => {
  ({ prometheus: binary } = await findPrometheus());
  folder = await mkdtemp(join(tmpdir(), 'mco-prometheus-'));
  cluster = await startControlPlane();
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const panels = (): readonly Panel[] =>
  (JSON.parse(dashboard()) as { readonly panels: readonly Panel[] }).panels.filter(({ targets }) => targets);

test('each query has an answer', { timeout: 180_000 }, async () => {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await World.make(cluster.kubeconfigPath));
  const [metricsPort, port] = [await freePort(), await freePort()];
  world.operator([`--metrics-address=127.0.0.1:${metricsPort}`]);
  await world.provider();
  await world.client('worker', { rotation: { interval: '60s', overlap: '1s' } });
  // What has no provider is not ready.
  await world.client('stray', { providerRef: { name: 'nobody' } });
  await world.ready('worker');

  const config = join(folder, 'prometheus.yaml');
  const target = { targets: [`127.0.0.1:${metricsPort}`], labels: { pod: 'operator-1' } };
  await writeFile(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [alerts],
      scrape_configs: [{ job_name: 'operator', static_configs: [target] }],
    }),
  );
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = startChild([binary, ...flags], join(folder, 'prometheus.log'));
  stack.defer(() => child.kill());
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const body = (await answer.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: T;
    };
    if (body.status !== 'success') throw new Error(body.error);
    return body.data;
  };
  const series = async (expr: string): Promise<number> => {
    const query = new URLSearchParams({ query: expr.replaceAll('$__rate_interval', '60s') }).toString();
    return (await ask<{ readonly result: readonly unknown[] }>(`query?${query}`)).result.length;
  };
  // A rotation that was planned, so that there is one to show.
  const rotated = 'sum(machine_client_operator_rotation_delay_seconds_count) > 0';
  await until('a planned rotation that was scraped', async () => (await series(rotated)) > 0, {
    timeoutMs: 90_000,
  });

  const unanswered = async (): Promise<string[]> => {
    const missing = [];
    for (const { title, targets = [] } of panels())
      for (const { expr } of targets) if ((await series(expr)) === 0) missing.push(`${title}: ${expr}`);
    return missing;
  };
  await until('an answer to each query', async () => (await unanswered()).length === 0, {
    explain: async () => (await unanswered()).join('\n'),
  });
  const { groups } = await ask<{
    readonly groups: readonly {
      readonly rules: readonly { readonly name: string; readonly health: string }[];
    }[];
  }>('rules');
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(10);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
});

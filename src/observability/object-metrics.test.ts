import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { parseMachineClient, type MachineClient } from '../api/objects.ts';
import { registerObjectMetrics } from './object-metrics.ts';

const named = (name: string): MachineClient =>
  parseMachineClient({
    metadata: { namespace: 'ns', name, uid: name, resourceVersion: '1' },
    spec: { providerRef: { name: 'stytch' } },
  });

test('each scrape shows the objects that are there, and no series is kept after it', async () => {
  const registry = new Registry();
  const objects = [named('a'), named('b')];
  registerObjectMetrics(registry, { machineClients: () => objects, accounts: () => [], perObject: true });
  const series = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.includes('_machineclient_ready{'));
  const line = (name: string) =>
    `machine_client_operator_machineclient_ready{namespace="ns",name="${name}"} 0`;
  expect(await series()).toEqual([line('a'), line('b')]);
  expect(await series()).toEqual([line('a'), line('b')]);
  objects.shift();
  expect(await series()).toEqual([line('b')]);
  const gauge = registry.getSingleMetric('machine_client_operator_machineclient_ready');
  expect(Object.keys((gauge as unknown as { readonly hashMap: object }).hashMap)).toEqual([]);
});

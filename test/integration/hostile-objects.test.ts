import { afterAll, beforeAll, expect, test } from 'vitest';

import { findCondition } from '../../src/api/conditions.ts';
import { adminClient, type AdminClient } from '../control-plane/admin-client.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { applyCrd, readCrds, type Schema } from '../helpers/install-crds.ts';
import { asInTheChart, peakMiB } from '../helpers/in-the-chart.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';
import { type HostileObject, hostileObjects } from '../hostile/objects.ts';

/**
 * Hostile objects in the real API server, beside neighbours that must be served, by an operator with the flags of the
 * image and the memory that Node takes within the limit of the chart. In a control plane of its own: the schema is
 * loosened there, so that it is the operator that has to bear them.
 */
let cluster: ControlPlane;
let admin: AdminClient;
beforeAll(async () => {
  cluster = await startControlPlane();
  admin = adminClient(cluster.kubeconfigPath);
}, 120_000);
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

/** As a CRD of an older version, or of somebody who replaced it: whatever is sent is stored. */
const loosen = async (): Promise<void> => {
  const crd = (await readCrds()).find(({ spec }) => spec.names.kind === 'MachineClient');
  if (!crd) throw new Error('there is no CRD of MachineClients');
  const [version] = crd.spec.versions;
  const { properties, 'x-kubernetes-validations': _rules, ...schema } = version.schema.openAPIV3Schema;
  const spec: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const loose = { ...schema, properties: { ...properties, spec } };
  const served = { ...version, selectableFields: [], schema: { openAPIV3Schema: loose } };
  await applyCrd(admin, { ...crd, spec: { ...crd.spec, versions: [served] } });
};

const send = async (method: 'POST' | 'PATCH', path: string, body: string): Promise<void> => {
  const answer = await admin.call(method, path, body);
  expect(answer.status, `${path}: ${answer.body.message}`).toBeLessThan(300);
};

test('each is its own trouble, while the operator runs and after a restart', async () => {
  await using world = await World.make(cluster.kubeconfigPath);
  await loosen();
  const { nodeFlags, limitMiB } = await asInTheChart();
  const start = () => world.operator(['--concurrency=16'], { nodeFlags });
  const path = `/apis/machine-client.dev/v1beta1/namespaces/${world.namespace}/machineclients`;
  const specOf = (members: string) => `{"providerRef":{"name":"${world.providerName}"},${members}}`;
  const names = hostileObjects.flatMap((hostile, index) =>
    Array.from({ length: hostile.count ?? 1 }, (_, copy) => ({ hostile, name: `hostile-${index}-${copy}` })),
  );

  // Before the world looks at what is left, which it prints.
  await using _cleared = new AsyncDisposableStack();
  _cleared.defer(async () => {
    await Promise.all(world.operators.map((operator) => operator.kill()));
    await admin.call('DELETE', path);
  });

  const first = start();
  await world.provider();
  await world.client('before');
  await world.ready('before', 60_000);
  for (const { hostile, name } of names) {
    if (
      hostile.secret &&
      (await admin.call('GET', `/api/v1/namespaces/${world.namespace}/secrets/${hostile.secret.name}`))
        .status === 404
    )
      await world.secret(hostile.secret.name, hostile.secret.stringData);
    const metadata = JSON.stringify({ ...hostile.metadata, name });
    await send(
      'POST',
      path,
      `{"apiVersion":"machine-client.dev/v1beta1","kind":"MachineClient","metadata":${metadata},"spec":${specOf(hostile.object)}}`,
    );
  }
  await world.client('beside');
  await world.ready('beside', 60_000);
  await world.patch('before', {
    metadata: { annotations: { 'machine-client.dev/rotate-requested': 'now' } },
  });
  const rotated = () => until('rotated', async () => (await world.get('before')).status?.secretVersion === 2);
  await rotated();
  const ended = async ({ hostile, name }: { hostile: HostileObject; name: string }): Promise<void> => {
    await until(
      `${hostile.name} (${name}) ends as ${hostile.ends}`,
      async () => {
        const { status, metadata } = await world.get(name);
        const ready = findCondition(status?.conditions, 'Ready');
        return ready?.reason === hostile.ends && ready.observedGeneration === metadata.generation;
      },
      { timeoutMs: 60_000, explain: async () => JSON.stringify((await world.get(name)).status) },
    );
  };
  for (const one of names) await ended(one);
  for (const one of names) {
    const { patch, keys } = one.hostile;
    if (patch === undefined) continue;
    const headers = { 'content-type': 'application/json-patch+json' };
    const body = `[{"op":"replace","path":"/spec","value":${specOf(patch)}}]`;
    const answer = await admin.call('PATCH', `${path}/${one.name}`, body, { headers });
    expect(answer.status, answer.body.message).toBe(200);
    await ended(one);
    if (keys) expect(Object.keys((await world.getSecret(one.name)).data ?? {}).sort()).toEqual(keys);
  }
  expect(first.hasEnded).toBe(false);
  expect(await peakMiB(first.pid)).toBeLessThan(limitMiB);

  await first.kill();
  const second = start();
  await world.client('after');
  await world.ready('after', 60_000);
  for (const one of names) await ended(one);
  expect(second.hasEnded).toBe(false);
  expect(await peakMiB(second.pid)).toBeLessThan(limitMiB);
}, 600_000);

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { parseMachineClient, type MachineClient } from '../api/objects.ts';
import { type ObjectSources, registerObjectMetrics } from './object-metrics.ts';

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

const gauges = async (sources: Partial<ObjectSources>): Promise<readonly string[]> => {
  const registry = new Registry();
  registerObjectMetrics(registry, {
    machineClients: () => [],
    accounts: () => [],
    perObject: true,
    ...sources,
  });
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
};

test('only the end of the credential in the Secret is told', async () => {
  const credential = (id: string, state: string, expiryTime?: string) => ({
    id,
    suffix: `****${id}`,
    state,
    ...(expiryTime && { expiryTime }),
  });
  const credentialed = (...credentials: object[]) =>
    parseMachineClient({
      metadata: { namespace: 'ns', name: 'a', uid: 'a', resourceVersion: '1' },
      spec: { providerRef: { name: 'scalekit' } },
      status: { credentials },
    });
  const others = [
    credential('bbbb', 'Retiring', '2026-01-01T00:00:00Z'),
    credential('cccc', 'Foreign', '2020-01-01T00:00:00Z'),
  ];
  const expiry = async (object: MachineClient) =>
    (await gauges({ machineClients: () => [object] })).filter((line) => line.includes('expiration'));
  expect(await expiry(credentialed(credential('aaaa', 'Current'), ...others))).toEqual([]);
  expect(
    await expiry(credentialed(...others, credential('aaaa', 'Current', '2027-01-01T00:00:00Z'))),
  ).toEqual([
    'machine_client_operator_machineclient_credential_expiration_timestamp_seconds{namespace="ns",name="a"} 1798761600',
  ]);
});

test('the id of an account is a claim: who makes the same one has series of its own', async () => {
  const well = {
    account: 'x',
    provider: 'ClusterIdentityProvider/shared',
    sweptAt: 9_000,
    orphans: 0,
    circuitOpen: false,
    inUse: 1,
    waits: 2,
  };
  const ill = { ...well, provider: 'IdentityProvider/team/claims', sweptAt: 5_000, orphans: 3, waits: 1 };
  const told = (await gauges({ accounts: () => [ill, well] })).filter((line) => line.includes('"x"'));
  expect(told).toHaveLength(10);
  expect(told).toContain(
    'machine_client_operator_account_orphans{account="x",provider="ClusterIdentityProvider/shared"} 0',
  );
  expect(told).toContain(
    'machine_client_operator_account_orphans{account="x",provider="IdentityProvider/team/claims"} 3',
  );
});

test('one that cannot be measured is reported, and the others are measured', async () => {
  const bad = {
    ...named('bad'),
    get status(): never {
      throw new RangeError('bad');
    },
  };
  const reported: string[] = [];
  const lines = await gauges({
    machineClients: () => [named('a'), bad, named('b')],
    onUnmeasured: ({ name }, error) => void reported.push(`${name} ${String(error)}`),
  });
  expect(lines).toContain('machine_client_operator_machineclients{ready="Unknown",reason=""} 2');
  const ready = lines.filter((line) => line.includes('_machineclient_ready{'));
  expect(ready.map((line) => /name="(\w+)"/.exec(line)?.[1])).toEqual(['a', 'b']);
  expect(new Set(reported)).toEqual(new Set(['bad RangeError: bad']));
});

test('a label is a word of ours, or printable and of bounded length', async () => {
  const status = (reason: string) => ({
    conditions: [
      {
        type: 'Ready',
        status: 'False' as const,
        reason,
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  });
  const account = {
    provider: 'IdentityProvider/a/b',
    sweptAt: 0,
    orphans: 0,
    circuitOpen: false,
    inUse: 0,
    waits: 0,
  };
  const lines = await gauges({
    machineClients: () =>
      ['constructor', 'AnyWord'].map((reason) => ({ ...named('a'), status: status(reason) })),
    accounts: () => [{ ...account, account: `stytch/\u001b[2J\u202e${'x'.repeat(10_000)}` }],
    perObject: false,
  });
  expect(lines).toContain('machine_client_operator_machineclients{ready="False",reason=""} 2');
  for (const line of lines) expect(line.length).toBeLessThan(400);
  // oxlint-disable-next-line no-control-regex -- nothing of it may be there
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
});

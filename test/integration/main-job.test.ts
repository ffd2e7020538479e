import { expect, inject, test } from 'vitest';
import { World } from '../helpers/world.ts';

test('a MachineClient becomes a Stytch client and a Secret that works', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const operator = world.operator(['--metrics-address=127.0.0.1:0']);
  await world.provider();
  await world.client('billing-worker', { displayName: 'Billing worker' });
  const object = await world.ready('billing-worker');
  expect(await world.works('billing-worker')).toBe(true);
  const { clientSecret } = await world.credential('billing-worker');
  expect(object.status).toMatchObject({
    secretSuffix: `****${clientSecret.slice(-4)}`,
    secretVersion: 1,
    binding: { name: 'billing-worker' },
  });
  expect(world.simulator.clients().map(({ name, scopes }) => ({ name, scopes }))).toEqual([
    { name: 'Billing worker', scopes: ['read:invoices'] },
  ]);
  // I6 for metrics too; all else that is emitted is searched when the world ends.
  const listening = operator.output.map((line) => JSON.parse(line) as { server?: string; port?: number });
  const port = listening.find(({ server }) => server === 'metrics')?.port;
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('machine_client_operator_machineclients{ready="True",reason="Ready"} 1');
  expect(metrics).toContain('machine_client_operator_rotations_overdue 0');
  const account = `account="stytch/${world.simulator.credentials.projectId}",provider="IdentityProvider/${world.namespace}/stytch"`;
  expect(metrics).toContain(`machine_client_operator_account_orphans{${account}} 0`);
  expect(metrics).toContain(`machine_client_operator_account_circuit_open{${account}} 0`);
  expect(metrics).toContain(
    `machine_client_operator_machineclient_ready{namespace="${world.namespace}",name="billing-worker"} 1`,
  );
  expect(metrics).toContain('machine_client_operator_time_to_ready_seconds_count 1');
  expect(metrics).toMatch(
    /upstream_request_duration_seconds_count\{provider="Stytch",operation="create",status="2xx"\} 1/,
  );
  expect(metrics).toMatch(/machine_client_operator_build_info\{version="0\.1\.0",node="v24/);
  for (const { value } of world.simulator.issuedSecrets()) expect(metrics).not.toContain(value);

  await world.delete('billing-worker');
  await expect.poll(() => world.isGone('billing-worker'), { timeout: 60_000 }).toBe(true);
  expect(world.simulator.clients()).toEqual([]);
});

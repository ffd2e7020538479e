import { expect, test } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Secret } from '../runtime/secret.ts';
import { startStytchSimulator } from '../../test/simulators/stytch/simulator.ts';
import { systemClock } from '../runtime/clock.ts';
import { ProviderHttp } from './http.ts';
import { measured, type UpstreamCall } from './measured.ts';
import { stytch } from './stytch/index.ts';
import { flat } from '../../test/helpers/flat-account.ts';

test('each call is told with what came of it; what only looks at its arguments is not', async () => {
  await using simulator = await startStytchSimulator();
  const { projectId, secret } = simulator.credentials;
  const http = new ProviderHttp(
    { baseUrl: simulator.url, timeoutMs: 2_000, headers: [], refuseLocal: false },
    4,
    systemClock,
  );
  const auth = { type: 'Secret', secretKeyRef: { name: 'n', key: 'k' } };
  const spec = { type: 'Stytch', stytch: { projectId, baseUrl: simulator.url, auth } };
  const told: UpstreamCall[] = [];
  const plain = stytch.connect(
    spec as Parameters<typeof stytch.connect>[0],
    http,
    new Secret(secret),
    Math.random,
  );
  const account = flat(measured(plain, new ManualClock(), (call) => told.push(call)));
  const call = { signal: new AbortController().signal };
  expect(account.id).toBe(plain.id);
  expect((await account.list(undefined, call)).kind).toBe('ok');
  simulator.setFaults([{ fault: 'status', status: 503 }]);
  expect((await account.list(undefined, call)).kind).not.toBe('ok');
  simulator.setFaults([{ fault: 'drop-before' }]);
  expect((await account.get('m2m-client-test-1', call)).kind).not.toBe('ok');
  const of = (operation: string, status: string) => ({ provider: 'Stytch', operation, status, seconds: 0 });
  expect(told).toEqual([of('list', '2xx'), of('list', '5xx'), of('get', 'none')]);
  await account.close();
});

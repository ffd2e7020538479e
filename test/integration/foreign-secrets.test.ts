import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { quickSweeps } from '../helpers/any-world.ts';
import { until } from '../helpers/until.ts';
import { SimulatedKeycloakUpstream } from '../helpers/upstreams/keycloak.ts';
import { World } from '../helpers/world.ts';

/**
 * A list of Keycloak shows each client of the realm with its secret. The operator takes out of it what it needs: after a sweep no
 * secret of somebody else is in the heap of its process, nor in anything that it has emitted (which every world asks at its end).
 */
const CLIENTS = 150;

/** As V8 writes it, once the garbage is collected: every text that the process holds is in it. */
const heapOf = async (folder: string, signal: () => void): Promise<string> => {
  signal();
  const read = async (): Promise<string | false> => {
    const [name] = await readdir(folder);
    const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8');
    return text.endsWith(']}') && text;
  };
  return await until('the heap is written', read, { timeoutMs: 60_000, everyMs: 500 });
};

test('a sweep of Keycloak leaves no secret of a foreign client behind', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-heap-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const upstream = await SimulatedKeycloakUpstream.start();
  await using world = await World.over(inject('kubeconfig'), upstream);
  for (let index = 0; index < CLIENTS; index++) upstream.createForeign(`foreign-${index}`);
  const foreign = upstream.simulator
    .issuedSecrets()
    .filter(({ kind }) => kind === 'client')
    .map(({ value }) => value);
  expect(new Set(foreign).size).toBe(CLIENTS);

  const nodeFlags = ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`];
  const operator = world.operator([], { nodeFlags });
  await world.provider(quickSweeps);
  await world.client('worker');
  await world.ready('worker');
  const pages = (): number =>
    upstream.simulator.requests({ operation: 'list' }).filter(({ clientId }) => clientId === null).length;
  const before = pages();
  await until('two more sweeps of two pages', () => pages() >= before + 4);

  const heap = await heapOf(folder, () => operator.signal('SIGUSR2'));
  // What it holds is found there.
  expect(heap).toContain(upstream.managementSecret());
  expect(heap).toContain((await world.get('worker')).status?.clientId);
  expect(foreign.filter((secret) => heap.includes(secret))).toEqual([]);
});

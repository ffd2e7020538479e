import { expect, inject, test } from 'vitest';
import { findCondition } from '../../src/api/conditions.ts';
import { annotateAny, worldOf } from '../helpers/any-world.ts';
import { requestIn } from '../helpers/said.ts';
import { PlastiqUpstream } from '../helpers/upstreams/plastiq.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import { until } from '../helpers/until.ts';
import type { Joined } from '../helpers/upstreams/upstream.ts';
import type { World } from '../helpers/world.ts';

/** What the operator has logged of writes that were done. */
const logged = ({ operators }: World<Joined>): readonly unknown[] =>
  operators
    .flatMap(({ output }) => output)
    .filter((line) => line.includes('provider call done'))
    .map((line) => (JSON.parse(line) as { readonly requestId?: unknown }).requestId);

const idOf = ({ upstream }: World<Joined>, ...operations: readonly string[]): unknown =>
  upstream.simulator.requests().findLast(({ operation }) => operations.includes(operation))?.requestId;

const ready = async (world: World<Joined>, name: string): Promise<string | undefined> =>
  findCondition((await world.get(name)).status?.conditions, 'Ready')?.message;

test('Plastiq’s trace id is in the log of each issue, and in the condition of one that nobody answered', async () => {
  await using world = await worldOf(inject('kubeconfig'), await PlastiqUpstream.start(), {}, [
    '--time-scale=20',
  ]);
  const { simulator } = world.upstream;
  const plastiq = { payerId: simulator.credentials.payerId };
  await world.client('checkout', { plastiq });
  await world.ready('checkout');
  expect(logged(world)).toEqual([idOf(world, 'issueV2')]);

  simulator.setFaults([{ operations: ['issueV2'], fault: 'drop-after', times: 1 }]);
  await world.client('unanswered', { plastiq });
  const said = await until('it is said', async () => requestIn(await ready(world, 'unanswered')));
  const [lost] = simulator.requests().filter(({ fault }) => fault === 'drop-after');
  expect(said).toBe(lost?.requestId);
  expect(said).toMatch(/^[0-9a-f]{8}-/);
});

test('Stytch’s request id is in the log of each write, and in the condition of a refusal', async () => {
  await using world = await worldOf(inject('kubeconfig'), await StytchUpstream.start(), {}, [
    '--time-scale=20',
  ]);
  const { simulator } = world.upstream;
  await world.client('worker', { rotation: { overlap: '0s' } });
  await world.ready('worker');
  expect(logged(world)).toEqual([idOf(world, 'create')]);
  await annotateAny(world, 'worker', { 'rotate-requested': 'now' });
  await until('the rotation has ended', () => logged(world).length === 3);
  expect(logged(world).slice(1)).toEqual([idOf(world, 'rotateStart'), idOf(world, 'rotate')]);

  simulator.setFaults([{ operations: ['create'], fault: 'status', status: 403 }]);
  await world.client('refused');
  const said = await until('it is said', async () => requestIn(await ready(world, 'refused')));
  expect(said).toBe(idOf(world, 'create'));
});

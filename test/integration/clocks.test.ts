import { expect, inject, test } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import { formatOperation, parseOperation } from '../../src/api/operation.ts';
import { adminClient } from '../control-plane/admin-client.ts';
import { eventsOf } from '../helpers/events.ts';
import { annotate } from '../helpers/rotating.ts';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

const HOUR_MS = 3_600_000;

test('an operation that a node with another clock dated a year ahead settles as any, and the clock is named', async () => {
  await using admin = adminClient(inject('kubeconfig'));
  await using world = await World.make(inject('kubeconfig'));
  const first = world.operator();
  await world.provider();
  await world.client('skewed');
  await world.ready('skewed');
  await first.kill();

  // As that node would have left it, killed after its fence: nobody knows what became of the call.
  const { metadata } = await world.get('skewed');
  const made = parseOperation(metadata.annotations?.[annotations.operation]);
  if (!made) throw new Error('no operation is recorded');
  const at = Date.now() + 365 * 24 * HOUR_MS;
  const ahead = { ...made, id: `${made.id}-x`, kind: 'start' as const, at, until: at + made.until - made.at };
  await world.patch('skewed', {
    metadata: { annotations: { [annotations.operation]: formatOperation(ahead) } },
  });
  await annotate(world, 'skewed', { 'rotate-requested': 'now' });
  world.operator();
  await until('it is rotated', async () => (await world.get('skewed')).status?.secretVersion === 2);
  expect(await world.works('skewed')).toBe(true);
  await until('an event names the clock', async () => {
    const notes = await eventsOf(admin, world.namespace, 'skewed');
    return notes.some((note) => /^ClockSkew: .* is dated 315\d{5} s in the future/.test(note));
  });
});

import { expect, inject, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { World } from '../helpers/world.ts';

test('SIGTERM ends the process, whatever it meant to do tomorrow', async () => {
  await using world = await World.make(inject('kubeconfig'));
  const operator = world.operator();
  await world.provider();
  // The end of its overlap is far away, and the key waits in the queue until then.
  await world.client('worker', { rotation: { overlap: '24h' } });
  await world.ready('worker');
  await world.patch('worker', { metadata: { annotations: { 'machine-client.dev/rotate-requested': 'a' } } });
  await world.condition('worker', 'RotationInProgress', 'True', 'Overlap');
  operator.signal('SIGTERM');
  let code: number | null | undefined;
  void operator.exited.then((exit) => (code = exit));
  await until('the end', () => code !== undefined);
  expect(code).toBe(0);
});

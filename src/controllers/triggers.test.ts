import pino from 'pino';
import { expect, test } from 'vitest';
import type { MachineClient } from '../api/objects.ts';
import { testTransport } from '../kube/testing/test-transport.ts';
import { machineClientOf, providerOf } from '../machine-client/testing/objects.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Secret } from '../runtime/secret.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { makeCaches } from './caches.ts';
import { wireTriggers } from './triggers.ts';

/** The caches of an operator without an API server: what comes in is put there by hand. */
const start = () => {
  const clock = new ManualClock();
  const made = testTransport(new URL('http://127.0.0.1:1'));
  const caches = makeCaches({
    transport: made.transport,
    clock,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    integrity: { id: 'k', key: new Secret('a2V5') },
    watchNamespaces: ['ns'],
  });
  const queue = (): WorkQueue => new WorkQueue({ clock, random: () => 0.5 });
  const queues = { machineClients: queue(), providers: queue() };
  wireTriggers(caches, queues, { referenceChanged: () => [] } as never);
  return {
    caches,
    queues,
    /** What a worker would take next, and how urgent it is. */
    async next() {
      const taken = await queues.machineClients.take(AbortSignal.timeout(1_000));
      if (taken) queues.machineClients.done(taken.key);
      return taken && [taken.key, taken.lane];
    },
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
};

/** It can be stored, and nobody knows how: from `spoil` on everything that asks for its status throws. */
const spoilable = (name: string): { object: MachineClient; spoil: () => void } => {
  const { status, ...rest } = machineClientOf({ name, status: {} });
  let isSpoilt = false;
  const get = (): typeof status => {
    if (isSpoilt) throw new TypeError('unreadable');
    return status;
  };
  const object = Object.defineProperty(rest, 'status', {
    get,
    set: () => {},
    enumerable: true,
  }) as MachineClient;
  return { object, spoil: () => (isSpoilt = true) };
};

test('an object that cannot be judged is woken as one that somebody waits for, and keeps no other from being woken', async () => {
  await using world = start();
  const { machineClients, providers } = world.caches;
  const { object, spoil } = spoilable('a-spoilt');
  machineClients.observe(object);
  machineClients.observe(machineClientOf({ name: 'sound', status: {} }));
  await world.next();
  await world.next();
  spoil();
  providers.observe(providerOf());
  expect([await world.next(), await world.next()]).toEqual([
    ['ns/a-spoilt', 'user'],
    ['ns/sound', 'user'],
  ]);
});

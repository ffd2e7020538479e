import pino from 'pino';
import { expect, test } from 'vitest';
import type { Condition } from '../../api/conditions.ts';
import { type MachineClient, machineClients } from '../../api/objects.ts';
import { createKubeClient } from '../../kube/client.ts';
import { testTransport } from '../../kube/testing/test-transport.ts';
import { isWrite, refuse, UnkindServer } from '../../kube/testing/unkind-server.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import type { Ports } from '../ports.ts';
import { ReconcileContext } from '../reconcile-context.ts';
import { condition, facts, installation } from '../testing/facts.ts';
import { sayFailed } from './failed.ts';

/** A pass over one object that failed, beside an API server that has it. */
const start = async (more: (object: MachineClient) => MachineClient = (object) => object) => {
  const server = await UnkindServer.start();
  const made = testTransport(server.url);
  const { object: plain } = facts(condition({ type: 'Ready', status: 'True', reason: 'Ready' }));
  const object = more(plain);
  const { namespace, name, generation } = object;
  const { group, version, plural } = machineClients;
  // The server knows of no subresources: to it the status is an object of its own.
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}/status`;
  const stored = server.objects.create(path, {
    metadata: { namespace, name, generation },
    status: { conditions: object.status.conditions },
  } as never);
  const lines: string[] = [];
  const ports = {
    installation,
    clock: new ManualClock(),
    kube: createKubeClient(made.transport),
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    // The answer to the write is taken over.
    machineClients: { wrote: () => {} },
  };
  const current = { ...object, uid: stored.metadata.uid, resourceVersion: stored.metadata.resourceVersion };
  const context = new ReconcileContext(
    ports as unknown as Ports,
    current,
    'user',
    new AbortController().signal,
  );
  return {
    server,
    lines,
    fail: (error: unknown) => sayFailed(context, error),
    conditions: () =>
      (server.objects.get(path) as unknown as { status: { conditions: Condition[] } }).status.conditions,
    async [Symbol.asyncDispose]() {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

const hostile = new TypeError('cannot read "s3cret-value" of undefined');

test('what nobody foresaw is said on its object once, without the words of the error, and what was Ready stays so', async () => {
  await using world = await start();
  await world.fail(hostile);
  const said = world.conditions();
  expect(said.find(({ type }) => type === 'Stalled')).toMatchObject({
    status: 'True',
    reason: 'InternalError',
    message: 'the operator failed on this object (TypeError); its log says where',
  });
  expect(said.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
  expect(JSON.stringify(said)).not.toContain('s3cret-value');
  const writes = world.server.count(isWrite);
  await world.fail(hostile);
  expect(world.server.count(isWrite)).toBe(writes);
});

test('what was not Ready is not, for this reason now', async () => {
  await using world = await start((object) => ({ ...object, status: {} }));
  await world.fail(hostile);
  for (const [type, status] of [
    ['Ready', 'False'],
    ['Stalled', 'True'],
  ])
    expect(world.conditions().find((one) => one.type === type)).toMatchObject({
      status,
      reason: 'InternalError',
    });
});

test('where it cannot be said, the log says so, and nothing is thrown', async () => {
  await using world = await start();
  world.server.always(isWrite, refuse(500, 'InternalError'));
  await world.fail(hostile);
  expect(world.lines.join('')).toContain('a failure could not be said in the status');
});

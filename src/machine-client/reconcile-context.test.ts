import pino from 'pino';
import { expect, test } from 'vitest';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import { ReconcileContext } from './reconcile-context.ts';
import { formatOperation, type Operation } from '../api/operation.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { Recent } from '../runtime/recent.ts';
import type { Ports } from './ports.ts';
import { Settling } from './settling.ts';
import { annotated, facts, installation, spec, upstreamClient } from './testing/facts.ts';
import { makeTiming } from './timing.ts';

const credentials = ['old', 'new'].map((id) => ({ id, suffix: id }));
const client: UpstreamClient = upstreamClient({ id: 'theirs', mark: undefined, credentials });

const contextOf = (policy: MachineClientSpec['managementPolicy']): ReconcileContext => {
  const { object } = facts(spec({ managementPolicy: policy, clientId: client.id }));
  // What is asked here needs no more of its surroundings.
  const ports = { installation, log: pino({ level: 'silent' }), clientShown: () => undefined };
  const context = new ReconcileContext(
    ports as unknown as Ports,
    object,
    'user',
    new AbortController().signal,
  );
  context.saw(client.id, client);
  return context;
};

test('what was read of a client that lists show gives way to them, and what was read of a borrowed one stays', () => {
  const managed = contextOf('Manage');
  managed.forget(client.id);
  expect(managed.looked.has(client.id)).toBe(false);
  const borrowed = contextOf('CredentialsOnly');
  borrowed.forget(client.id);
  expect(borrowed.looked.get(client.id)).toEqual(client);
});

test('a credential that is gone is shown no more', () => {
  const managed = contextOf('Manage');
  managed.sawRetired(client.id, 'new');
  expect(managed.looked.has(client.id)).toBe(false);
  const borrowed = contextOf('CredentialsOnly');
  borrowed.sawRetired(client.id, 'new');
  expect(borrowed.looked.get(client.id)?.credentials.map(({ id }) => id)).toEqual(['old']);
});

test('what this process knows of the last operation counts, and what is written there first', () => {
  const clock = new ManualClock();
  const results = new Recent<NonNullable<Operation['result']>>(2);
  const settling = new Settling(clock, makeTiming(20_000, 1));
  const of = (fields: Partial<Operation>): Operation | undefined => {
    const at = clock.now();
    const one = {
      id: 'op',
      kind: 'start',
      at,
      until: at + 20_000,
      uid: 'u',
      installation,
      incarnation: 0,
    } as const;
    const { object } = facts(annotated('operation', formatOperation({ ...one, ...fields })));
    const ports = { installation, log: pino({ level: 'silent' }), settling, results };
    return new ReconcileContext(ports as unknown as Ports, object, 'user', new AbortController().signal)
      .operation;
  };
  expect(of({})?.result).toBeUndefined();
  results.set('op', 'not-sent');
  expect(of({})?.result).toBe('not-sent');
  expect(of({ result: 'rejected' })?.result).toBe('rejected');
  expect(of({ id: 'another' })?.result).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { Condition } from '../../api/conditions.ts';
import type { MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import { newsOf } from './news.ts';

const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message = 'why',
): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-06-01T12:00:00Z',
});
const rotating = (reason: string): MachineClientStatus => ({
  conditions: [condition('RotationInProgress', reason === 'Idle' ? 'False' : 'True', reason)],
});
const credential = (id: string, state: 'Current' | 'Retiring') => ({ id, suffix: `****${id}`, state });

const rows: readonly (readonly [string, MachineClientStatus, MachineClientStatus, readonly string[]])[] = [
  ['nothing changed', rotating('Overlap'), rotating('Overlap'), []],
  [
    'the first credential: Ready tells of it',
    {},
    { secretVersion: 1, binding: { name: 's' }, conditions: [condition('Ready', 'True', 'Ready')] },
    ['Normal Ready: why (version 1)'],
  ],
  [
    'not ready any more',
    { conditions: [condition('Ready', 'True', 'Ready')] },
    { conditions: [condition('Ready', 'False', 'SecretNotOurs')] },
    ['Warning SecretNotOurs: why'],
  ],
  [
    'another version',
    { secretVersion: 3, binding: { name: 's' } },
    { secretVersion: 4, binding: { name: 's' }, secretSuffix: '****wdYk' },
    ['Normal Published: version 4 is in the Secret s, ****wdYk'],
  ],
  [
    'a rollout that hangs',
    rotating('RolloutPending'),
    rotating('RolloutStuck'),
    ['Warning RolloutStuck: why'],
  ],
  [
    'a rotation that waits',
    rotating('Overlap'),
    rotating('RotationWaiting'),
    ['Normal RotationWaiting: why'],
  ],
  [
    'workloads that are through',
    rotating('RolloutStuck'),
    rotating('Overlap'),
    ['Normal RolledOut: the workloads of spec.restart have rolled out'],
  ],
  ['a rollout that is given up for another reason', rotating('RolloutStuck'), rotating('Suspended'), []],
  [
    'a rotation that is overdue',
    { conditions: [condition('RotationOverdue', 'False', 'Idle')] },
    { conditions: [condition('RotationOverdue', 'True', 'RotationOverdue')] },
    ['Warning RotationOverdue: why'],
  ],
  [
    'the old credential has gone',
    { clientId: 'c', credentials: [credential('old', 'Retiring'), credential('new', 'Current')] },
    { clientId: 'c', credentials: [credential('new', 'Current')] },
    ['Normal Retired: the old credential ****old is retired'],
  ],
  [
    'the client was made anew: nobody retired anything',
    { clientId: 'c', credentials: [credential('old', 'Retiring')] },
    { clientId: 'd', credentials: [credential('new', 'Current')] },
    [],
  ],
  [
    'nothing is known of the credentials',
    { clientId: 'c', credentials: [credential('old', 'Retiring')] },
    { clientId: 'c' },
    [],
  ],
];

test.each(rows)('%s', (_name, before, now, expected) => {
  expect(newsOf(before, now).map(({ type, reason, note }) => `${type} ${reason}: ${note}`)).toEqual(expected);
});

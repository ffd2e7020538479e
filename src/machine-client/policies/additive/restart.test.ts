import { expect, test } from 'vitest';
import { scalekit } from '../../../providers/scalekit/index.ts';
import { decide } from '../../decide.ts';
import type { Plan } from '../../plan.ts';
import {
  annotated,
  change,
  derivedId,
  facts,
  given,
  looked,
  type Modifier,
  operation,
  provider,
  quiet,
  secret,
  seconds,
  SETTLED,
  spec,
  status,
} from '../../testing/facts.ts';

const credential = (id: string, ageSeconds: number) => ({
  id,
  suffix: id,
  createdTime: seconds(-ageSeconds),
});

/** A rotation was asked for soon after the first publication, and its mint was lost; status names it. */
const lostOnce: readonly Modifier[] = [
  quiet,
  provider({ capabilities: scalekit.capabilities }),
  spec({ restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' } }),
  secret({ version: 1, abandonedOperation: 'op-2k', clientId: derivedId() }),
  change({ credentials: [credential('curr', 48 * 3600), credential('lost', SETTLED)] }),
  operation('mint', SETTLED),
  status({
    secretVersion: 1,
    credentials: [
      { id: 'curr', suffix: '****curr', state: 'Current' },
      { id: 'lost', suffix: '****lost', state: 'Lost' },
    ],
  }),
  annotated('rotateRequested', 'now'),
  looked,
];
const consumers = (version: string | undefined): Modifier =>
  given({
    consumers: [
      {
        kind: 'Deployment',
        name: 'a',
        uid: 'uid-a',
        publication: version === undefined ? undefined : { version, operation: 'op-1s' },
        waitsFor: undefined,
      },
    ],
  });

test.each<readonly [what: string, modifiers: readonly Modifier[], plan: Partial<Plan>]>([
  ['how far they are is looked at', [], { kind: 'look-at-consumers' }],
  ['they were never restarted: now they are', [consumers(undefined)], { kind: 'restart' }],
  [
    'they were: the lost one goes, and the rotation after it',
    [consumers('1')],
    { kind: 'retire', credentialId: 'lost' },
  ],
])('a mint that was lost beside the first publication keeps no rotation back: %s', (_, modifiers, plan) => {
  expect(decide(facts(...lostOnce, ...modifiers))).toMatchObject(plan);
});

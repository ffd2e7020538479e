import { expect, test } from 'vitest';
import { stytch } from '../../../providers/stytch/index.ts';
import { decide } from '../../decide.ts';
import type { Plan } from '../../plan.ts';
import {
  annotated,
  facts,
  given,
  HOUR,
  type Modifier,
  noClient,
  noSecret,
  operation,
  provider,
  providerGone,
  quiet,
  rotation,
  seconds,
  secret,
  secretView,
  spec,
  status,
  swept,
} from '../../testing/facts.ts';

const capabilities = {
  ...stytch.capabilities,
  style: 'ephemeral',
  choosesClientId: false,
  canList: false,
} as const;
/** Issued ten minutes ago for half an hour, and published. */
const issued: Modifier[] = [
  quiet,
  noClient,
  provider({ capabilities }),
  swept(undefined),
  secret({
    clientId: '',
    credentialId: 'wxyz',
    publishedAt: seconds(-600),
    rotatedAt: seconds(-600),
    expiryTime: seconds(1_200),
  }),
  status({ clientId: undefined }),
];
const former = (endsIn: number): Modifier =>
  given({ strays: [secretView({ name: 'former', clientId: '', expiryTime: seconds(endsIn) })] });
const absent: Modifier[] = [...issued, noSecret, status({ operation: undefined, secretVersion: undefined })];

/** Of a minute, and published; its workloads have not been looked at. */
const ofAMinute = (endsIn: number, ...more: readonly Modifier[]): Modifier[] => [
  ...issued,
  spec({ restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' } }),
  secret({
    rotatedAt: seconds(endsIn - 60),
    publishedAt: seconds(endsIn - 60),
    expiryTime: seconds(endsIn),
    renewed: true,
  }),
  ...more,
];

const rows: readonly (readonly [name: string, facts: readonly Modifier[], plan: Partial<Plan>])[] = [
  ['there is no Secret', absent, { kind: 'issue', reason: 'Creating' }],
  ['alive', issued, { kind: 'nothing', reason: 'Ready' }],
  [
    'its last third has begun',
    [...issued, secret({ rotatedAt: seconds(-1_210), expiryTime: seconds(590) })],
    { kind: 'issue', reason: 'Rotating' },
  ],
  [
    'earlier, where the spec says so',
    [...issued, rotation({ rotateBefore: '25m' })],
    { kind: 'issue', reason: 'Rotating' },
  ],
  ['a person asks', [...issued, annotated('rotateRequested', 'now')], { kind: 'issue', reason: 'Rotating' }],
  [
    'a former Secret, whose own secret lives',
    [...issued, secret({ publishedAt: seconds(-10) }), former(60)],
    { kind: 'nothing', reason: 'Overlap' },
  ],
  [
    'a former Secret, whose own has ended while this one was issued anew again and again',
    [...issued, secret({ publishedAt: seconds(-10) }), former(-1)],
    { kind: 'remove-secret', reason: 'Retiring' },
  ],
  ['workloads, in the first half of a minute', ofAMinute(31), { kind: 'look-at-consumers' }],
  ['in the second half they wait for the next one', ofAMinute(29), { kind: 'nothing', reason: 'Ready' }],
  ['which is issued when it is due', ofAMinute(19), { kind: 'issue', reason: 'Rotating' }],
  [
    'and brings another shape of the Secret at once',
    ofAMinute(19, secret({ template: 'as-before' })),
    { kind: 'issue', reason: 'Rotating' },
  ],
  [
    'another shape alone is written also then',
    ofAMinute(29, secret({ template: 'as-before' })),
    { kind: 'publish-stored' },
  ],
  [
    'due in the first half, as the spec says: workloads first, or their turn would never come',
    ofAMinute(31, rotation({ rotateBefore: '50s' })),
    { kind: 'look-at-consumers' },
  ],
  ['it has ended', [...issued, secret({ expiryTime: seconds(-1) })], { kind: 'issue', reason: 'Rotating' }],
  ['edited', [...issued, secret({ integrity: 'edited' })], { kind: 'issue', reason: 'Recovering' }],
  [
    'the integrity key was lost, and nobody can vouch for it',
    [...issued, secret({ integrity: 'unknown' })],
    { kind: 'issue', reason: 'Recovering' },
  ],
  [
    'an issue of unknown result may still publish',
    [...absent, operation('issue', 5)],
    { kind: 'wait', reason: 'Settling' },
  ],
  [
    'it is settled: what was lost ends by itself',
    [...absent, operation('issue', 120)],
    { kind: 'issue', reason: 'Creating' },
  ],
  [
    'the Secret works, and is won first',
    [...issued, operation('issue', 120), secret({ operation: 'op-1s' })],
    { kind: 'give-up-operation' },
  ],
  ['status ≠ S', [...issued, status({ operation: 'op-before' })], { kind: 'wait', reason: 'Publishing' }],
  [
    'the spec asks for another payer',
    [...issued, provider({ terms: 'of another payer' })],
    { kind: 'issue', reason: 'Rotating' },
  ],
  [
    'the deletion, while the provider cannot be reached: there is nothing to ask it for',
    [...issued, providerGone, (before) => ({ ...before, object: { ...before.object, deleting: true } })],
    { kind: 'remove-secret' },
  ],
  [
    'another shape of the Secret: the same secret, written anew',
    [...issued, secret({ template: 'as-before' })],
    { kind: 'publish-stored' },
  ],
  [
    'Observe has nothing to look at',
    [...issued, spec({ managementPolicy: 'Observe' })],
    { kind: 'nothing', reason: 'Observed' },
  ],
  [
    'a refused one waits',
    [...absent, status({ nextRetryTime: new Date(seconds(HOUR)).toISOString() })],
    { kind: 'hold' },
  ],
  [
    'the deletion: the Secret, and nobody is asked for a client',
    [...issued, (before) => ({ ...before, object: { ...before.object, deleting: true } })],
    { kind: 'remove-secret' },
  ],
];

test.each(rows)('%s', (_name, modifiers, plan) => {
  expect(decide(facts(...modifiers))).toMatchObject(plan);
});

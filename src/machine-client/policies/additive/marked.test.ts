import { expect, test } from 'vitest';
import { makeMark } from '../../../providers/mark.ts';
import { vaultapprole } from '../../../providers/vaultapprole/index.ts';
import { decide } from '../../decide.ts';
import type { Plan } from '../../plan.ts';
import {
  change,
  client,
  deleting,
  derivedId,
  facts,
  installation,
  looked,
  type Modifier,
  noClient,
  noSecret,
  operation,
  provider,
  quiet,
  secret,
  seconds,
  SETTLED,
  spec,
  status,
} from '../../testing/facts.ts';

/** Credentials that say whose they are, and which operation issued them. */

const { full: mark } = makeMark(installation, 'ns', 'app');
const other = makeMark(installation, 'ns', 'other').full;

const credential = (id: string, ageSeconds: number, issuedBy?: { mark: string; operation: string }) => ({
  id,
  suffix: undefined,
  createdTime: seconds(-ageSeconds),
  issuedBy,
});
const published = credential('curr', 48 * 3600, { mark, operation: 'op-1s' });
/** In the middle of K, as its own one would be. */
const DURING = SETTLED - 5;
const ofK = credential('lost', DURING, { mark, operation: 'op-2k' });

const atVault = provider({
  capabilities: { ...vaultapprole.capabilities, choosesClientId: false },
  style: 'additive',
});
const shown = (...credentials: readonly ReturnType<typeof credential>[]): readonly Modifier[] => [
  quiet,
  atVault,
  secret({ clientId: derivedId(), operation: 'op-1s' }),
  change({ credentials }),
  status({ operation: 'op-1s', credentials: [{ id: 'curr', suffix: '****', state: 'Current' }] }),
  looked,
];
const givenUp = secret({ clientId: derivedId(), operation: 'op-1s', abandonedOperation: 'op-2k' });

test.each<readonly [what: string, modifiers: readonly Modifier[], plan: Partial<Plan>]>([
  [
    'K is given up first',
    [...shown(published, ofK), operation('mint', SETTLED)],
    { kind: 'give-up-operation', operation: 'op-2k' },
  ],
  [
    'then its credential goes, within the overlap and without a name in the status',
    [...shown(published, ofK), givenUp, operation('mint', SETTLED)],
    { kind: 'retire', credentialId: 'lost', reason: 'Retiring' },
  ],
  [
    'not where it is older than the publication: the object was put back, and its credential may have been published',
    [
      ...shown(published, credential('former', DURING, { mark, operation: 'op-0' })),
      secret({
        clientId: derivedId(),
        operation: 'op-1s',
        abandonedOperation: 'op-0',
        publishedAt: seconds(-60),
      }),
      operation('mint', SETTLED, { id: 'op-0' }),
    ],
    { kind: 'nothing', reason: 'Overlap' },
  ],
  [
    'also where another operation came after it',
    [...shown(published, ofK), givenUp, operation('update', SETTLED)],
    { kind: 'retire', credentialId: 'lost' },
  ],
  [
    'one of an operation that is not known to have been given up waits for the gate, whenever it arrived',
    [
      ...shown(published, credential('late', 1, { mark, operation: 'op-late' })),
      secret({ clientId: derivedId(), operation: 'op-1s', publishedAt: seconds(-60) }),
      operation('update', SETTLED),
    ],
    { kind: 'nothing', reason: 'Overlap' },
  ],
])('a mint that was lost: %s', (_, modifiers, plan) => {
  expect(decide(facts(...modifiers))).toMatchObject(plan);
});

test.each([
  ['nothing', undefined],
  ['another object', { mark: other, operation: 'op-2k' }],
])('one that was added while K was under way, and that carries the mark of %s, is never touched', (_, by) => {
  const theirs = credential('theirs', DURING, by);
  const all = facts(...shown(published, theirs), givenUp, operation('mint', SETTLED));
  expect(decide(all)).toMatchObject({ kind: 'nothing', reason: 'Ready' });
});

test('without a Secret nobody knows whether K published: one more is made beside what it made', () => {
  const all = [...shown(published, ofK), noSecret, operation('mint', SETTLED)];
  expect(decide(facts(...all))).toMatchObject({ kind: 'mint', reason: 'Recovering' });
});

test('of a role of somebody else only what carries the mark is revoked', () => {
  const theirs = credential('theirs', DURING);
  const borrowed = [
    quiet,
    noClient,
    atVault,
    spec({ managementPolicy: 'CredentialsOnly', clientId: 'theirs' }),
    secret({ clientId: 'theirs', operation: 'op-1s' }),
    status({ clientId: 'theirs', operation: 'op-1s' }),
    client({ id: 'theirs', mark: undefined, uid: undefined, credentials: [theirs, ofK] }),
    looked,
    deleting,
    operation('mint', SETTLED),
  ];
  expect(decide(facts(...borrowed))).toMatchObject({ kind: 'retire', credentialId: 'lost' });
  const without = client({ id: 'theirs', mark: undefined, uid: undefined, credentials: [theirs] });
  expect(decide(facts(...borrowed, without, looked)).kind).not.toBe('retire');
});

test.each([
  ['names the credential of the Secret: at rest', 'curr', { kind: 'nothing', reason: 'Ready' }],
  ['was written before it was published: its predecessor lives', 'former', { kind: 'look' }],
])('a list shows the name alone, and the status %s', (_, current, plan) => {
  const { short } = makeMark(installation, 'ns', 'app');
  const all = facts(
    quiet,
    atVault,
    secret({ clientId: derivedId(), operation: 'op-1s', credentialId: 'curr' }),
    change({ mark: undefined, shortMark: short, credentials: [] }),
    status({ operation: 'op-1s', credentials: [{ id: current, suffix: '****', state: 'Current' }] }),
  );
  expect(decide(all)).toMatchObject(plan);
});

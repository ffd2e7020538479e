import { expect, test } from 'vitest';
import { keycloak } from '../../../providers/keycloak/index.ts';
import { makeMark } from '../../../providers/mark.ts';
import type { UpstreamClient } from '../../../providers/provider.ts';
import { decide } from '../../decide.ts';
import type { Plan } from '../../plan.ts';
import {
  change,
  client,
  deleting,
  derivedId,
  facts,
  installation,
  judged,
  looked,
  type Modifier,
  noClient,
  noSecret,
  operation,
  provider,
  quiet,
  secret,
  seconds,
  spec,
  status,
  swept,
} from '../../testing/facts.ts';

/** Credentials that are written as one set, and whose names say whose they are. */

const { full, short } = makeMark(installation, 'ns', 'app');
const key = (id: string, made: string, mark = full) => ({
  id,
  suffix: undefined,
  issuedBy: { mark, operation: made },
});
const published = key('curr', 'op-1s');
const old = key('former', 'op-before');
const atKeycloak = provider({
  capabilities: { ...keycloak.capabilities, choosesClientId: false },
  style: 'additive',
});
const shown: readonly Modifier[] = [
  quiet,
  atKeycloak,
  secret({
    clientId: derivedId(),
    operation: 'op-1s',
    credentialId: 'curr',
    publishedAt: seconds(-72 * 3600),
  }),
  change({ credentials: [old, published] }),
  status({
    operation: 'op-1s',
    credentials: [
      { id: 'curr', suffix: '****', state: 'Current' },
      { id: 'former', suffix: '****', state: 'Retiring' },
    ],
  }),
  looked,
];
const fresh = { until: seconds(20) };

test.each<readonly [what: string, modifiers: readonly Modifier[], plan: Partial<Plan>]>([
  ['at rest, the old key goes', [], { kind: 'retire', credentialId: 'former' }],
  [
    'a deletion may still arrive: the set is not written again',
    [operation('delete', 10, fresh)],
    { kind: 'wait', reason: 'Settling' },
  ],
  [
    'it was refused: nothing can arrive',
    [operation('delete', 10, { ...fresh, result: 'rejected' })],
    { kind: 'retire', credentialId: 'former' },
  ],
  ['it is settled', [operation('delete', 200)], { kind: 'retire', credentialId: 'former' }],
  [
    'without a Secret no key is added beside it either',
    [noSecret, operation('delete', 10, fresh)],
    { kind: 'wait', reason: 'Settling' },
  ],
])('one write of the set at a time: %s', (_, modifiers, plan) => {
  expect(decide(facts(...shown, ...modifiers))).toMatchObject(plan);
});

test('a rotation does not begin while another key of ours is left', () => {
  const within = secret({
    clientId: derivedId(),
    operation: 'op-1s',
    credentialId: 'curr',
    publishedAt: seconds(-60),
    rotatedAt: seconds(-60),
  });
  const due = spec({ rotation: { ...facts(...shown).object.spec.rotation, interval: '1s' } });
  expect(decide(facts(...shown, within, due))).toMatchObject({ kind: 'nothing', reason: 'Overlap' });
});

const borrowed = (theirs: Partial<UpstreamClient>): readonly Modifier[] => [
  quiet,
  noClient,
  atKeycloak,
  spec({ managementPolicy: 'CredentialsOnly', clientId: 'theirs' }),
  noSecret,
  client({ id: 'theirs', mark: undefined, uid: undefined, credentials: [], ...theirs }),
  looked,
];
const unfit = judged({ unfit: { reason: 'FieldNotSupported', message: 'it logs in by a secret' } });

test('of what was issued on a client without a mark, the short one says whose it is', () => {
  const keys = [key('ours', 'op-2k', short), key('theirs', 'op-t', makeMark(installation, 'ns', 'b').short)];
  const going = facts(...borrowed({ credentials: keys }), deleting, operation('mint', 200));
  expect(decide(going)).toMatchObject({ kind: 'retire', credentialId: 'ours' });
  const [, others] = keys;
  const rest = facts(...borrowed({ credentials: others ? [others] : [] }), deleting, operation('mint', 200));
  expect(decide(rest).kind).not.toBe('retire');
});

test('a client of somebody else that could do nothing with a key gets none', () => {
  expect(decide(facts(...borrowed({})))).toMatchObject({ kind: 'mint' });
  expect(decide(facts(...borrowed({}), unfit))).toMatchObject({
    kind: 'hold',
    stalled: true,
    message: 'it logs in by a secret',
  });
});

test('a client that cannot be what the spec says is not taken over', () => {
  const adopting = [
    ...borrowed({}),
    spec({ managementPolicy: 'Manage', adoptionPolicy: 'Existing', clientId: 'theirs' }),
    status({ clientId: 'theirs' }),
    provider({ adoptionAllowed: true }),
    swept(-10),
  ];
  expect(decide(facts(...adopting))).toMatchObject({ kind: 'update', reason: 'Adopting' });
  expect(decide(facts(...adopting, unfit))).toMatchObject({
    kind: 'hold',
    stalled: true,
    message: 'it logs in by a secret',
  });
});

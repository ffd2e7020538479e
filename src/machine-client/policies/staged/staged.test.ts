import { expect, test } from 'vitest';
import { keycloak } from '../../../providers/keycloak/index.ts';
import { makeMark } from '../../../providers/mark.ts';
import { decide } from '../../decide.ts';
import { styleIn } from '../styles.ts';
import type { Plan } from '../../plan.ts';
import { credentialsOf } from '../../status/credentials.ts';
import {
  annotated,
  change,
  deleting,
  derivedId,
  facts,
  given,
  HOUR,
  installation,
  looked,
  type Modifier,
  noSecret,
  operation,
  provider,
  quiet,
  seconds,
  secret,
  secretView,
  SETTLED,
  spec,
  status,
} from '../../testing/facts.ts';

/** What the product of test/decisions/staged leaves out: the rows that all styles have, in their places here, and the status. */

const { full: mark } = makeMark(installation, 'ns', 'app');
const at = (id: string, position: 'current' | 'rotated', made?: string) => ({
  id,
  suffix: undefined,
  position,
  ...(made !== undefined && { issuedBy: { mark, operation: made } }),
});
const shown: readonly Modifier[] = [
  quiet,
  provider({ capabilities: { ...keycloak.capabilities, choosesClientId: false } }),
  secret({ clientId: derivedId(), publishedAt: seconds(-72 * HOUR) }),
  change({ credentials: [at('curr', 'current')] }),
  looked,
];
/** The rotation is published and turned; the old one lives. */
const turned: readonly Modifier[] = [
  ...shown,
  secret({ credentialId: 'curr', previousCredentialId: 'former', publishedAt: seconds(-60) }),
  change({ credentials: [at('curr', 'current'), at('former', 'rotated')] }),
  looked,
];
/** … and not turned yet. */
const published: readonly Modifier[] = [
  ...shown,
  secret({ credentialId: 'next', previousCredentialId: 'curr' }),
  change({ credentials: [at('curr', 'current'), at('next', 'rotated')] }),
  looked,
];
const restart = spec({
  restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' },
});
const notRestarted = given({
  consumers: [{ kind: 'Deployment', name: 'a', uid: 'u', publication: undefined, waitsFor: undefined }],
});
const stray = given({ strays: [secretView({ name: 'before', publishedAt: seconds(-72 * HOUR) })] });

test.each<readonly [what: string, modifiers: readonly Modifier[], plan: Partial<Plan>]>([
  ['at rest', shown, { kind: 'nothing', reason: 'Ready' }],
  [
    'another label or key: the same secret, written anew',
    [...shown, secret({ template: 'as-before' })],
    { kind: 'publish-stored' },
  ],
  [
    'workloads get the new one while the old one lives',
    [...turned, restart, notRestarted],
    { kind: 'restart' },
  ],
  [
    'what was published is turned before anybody is restarted',
    [
      ...shown,
      restart,
      notRestarted,
      secret({ credentialId: 'next', previousCredentialId: 'curr' }),
      change({ credentials: [at('curr', 'current'), at('next', 'rotated')] }),
      looked,
    ],
    { kind: 'turn', suffix: 'next' },
  ],
  ['a Secret under its former name goes', [...shown, stray], { kind: 'remove-secret' }],
  [
    'revoke-previous: the old one goes within the overlap',
    [...turned, annotated('revokePrevious', '3')],
    { kind: 'drop', suffix: 'former' },
  ],
  [
    'without a Secret, what was published is read; beside one of ours it takes the place of that',
    [
      ...shown,
      noSecret,
      change({ credentials: [at('before', 'current', 'op-0'), at('curr', 'rotated', 'op-1s')] }),
      looked,
    ],
    { kind: 'publish-read', credentialId: 'curr', previous: 'before' },
  ],
  [
    '… and beside one that somebody has made it does not',
    [
      ...shown,
      noSecret,
      change({ credentials: [at('other-1', 'current'), at('curr', 'rotated', 'op-1s')] }),
      looked,
    ],
    { kind: 'publish-read', credentialId: 'curr', previous: undefined },
  ],
  [
    'suspended, nothing is dropped',
    [...turned, spec({ suspend: true })],
    { kind: 'hold', reason: 'Suspended' },
  ],
  [
    'an existing Secret comes with a client that is taken over',
    [...shown, noSecret, spec({ adoptionPolicy: 'Existing', clientId: derivedId() })],
    { kind: 'adopt-secret' },
  ],
  [
    'much is lost at once: nothing is published before a person has confirmed it',
    [...shown, secret({ credentialId: 'gone' }), provider({ held: 'many clients are gone' })],
    { kind: 'hold', reason: 'MassChange' },
  ],
  [
    'what has ended at both places keeps no new one back, though the overlap runs',
    [
      ...turned,
      change({
        credentials: [
          { ...at('curr', 'current'), expiryTime: seconds(-1) },
          { ...at('former', 'rotated'), expiryTime: seconds(-2) },
        ],
      }),
      looked,
    ],
    { kind: 'mint', reason: 'Recovering' },
  ],
  [
    '… nor where the Secret holds the rotated one, and somebody has made the other',
    [
      ...shown,
      change({
        credentials: [
          { ...at('other-1', 'current'), expiryTime: seconds(-1) },
          { ...at('curr', 'rotated'), expiryTime: seconds(-2) },
        ],
      }),
      looked,
    ],
    { kind: 'mint', reason: 'Recovering' },
  ],
  [
    'it is looked at again when both will have ended',
    [
      ...turned,
      change({
        credentials: [
          { ...at('curr', 'current'), expiryTime: seconds(20) },
          { ...at('former', 'rotated'), expiryTime: seconds(10) },
        ],
      }),
      looked,
    ],
    { kind: 'nothing', reason: 'Overlap', until: seconds(20) },
  ],
  [
    'while the former one lives, it stays',
    [
      ...turned,
      change({
        credentials: [{ ...at('curr', 'current'), expiryTime: seconds(-1) }, at('former', 'rotated')],
      }),
      looked,
    ],
    { kind: 'nothing', reason: 'Overlap' },
  ],
  [
    'let go, what is published is turned first: the rotated one goes with the mark',
    [...published, deleting, spec({ deletionPolicy: 'Retain' })],
    { kind: 'turn', suffix: 'next', reason: 'Deleting' },
  ],
  [
    '… and then the client is let go',
    [...turned, deleting, spec({ deletionPolicy: 'Retain' })],
    { kind: 'release-client' },
  ],
  ['removed, it goes as it is', [...published, deleting], { kind: 'remove-client' }],
  [
    'being deleted, a stage that may still arrive is waited for',
    [...shown, deleting, operation('stage', 10, { until: seconds(20) })],
    { kind: 'wait', reason: 'Settling' },
  ],
])('%s', (_, modifiers, plan) => {
  expect(decide(facts(...modifiers))).toMatchObject(plan);
});

test('a refused rotation keeps no field back, and none is put right before the turn, for that would drop what is published', () => {
  const differs = provider({
    judged: new Map([[derivedId(), { differences: ['scopes'] }]]),
    layout: secretView().layout,
  });
  const due = spec({
    rotation: { ...facts(...shown).object.spec.rotation, interval: '1h' },
  });
  const refusedUntil = status({
    nextRetryTime: new Date(seconds(600)).toISOString(),
  });
  const refused = operation('stage', SETTLED, { result: 'rejected' });
  expect(decide(facts(...shown, due, differs, refused, refusedUntil))).toMatchObject({ kind: 'update' });
  // What cannot be had is said, and the rotation keeps its time.
  const unfit = provider({
    judged: new Map([
      [
        derivedId(),
        { differences: ['credential.type'], unfit: { reason: 'FieldNotSupported', message: 'no' } },
      ],
    ]),
    layout: secretView().layout,
  });
  expect(decide(facts(...shown, due, unfit, refused, refusedUntil))).toMatchObject({
    kind: 'hold',
    reason: 'FieldNotSupported',
    until: seconds(600),
  });
  const untold = [
    secret({ credentialId: 'next', previousCredentialId: 'curr' }),
    change({ credentials: [at('curr', 'current'), at('next', 'rotated')] }),
    looked,
  ];
  expect(decide(facts(...shown, differs, ...untold))).toMatchObject({ kind: 'turn' });
});

test('what has ended is not said to work, though the provider shows it', () => {
  const worksUntil = (expiryTime: number): boolean | undefined => {
    const all = facts(...shown, change({ credentials: [{ ...at('curr', 'current'), expiryTime }] }));
    const [client] = all.provider.state === 'ready' ? all.provider.upstream.clients : [];
    return styleIn(all)?.works(all, client);
  };
  expect([worksUntil(seconds(1)), worksUntil(seconds(-1))]).toEqual([true, false]);
});

const statesOf = (...modifiers: readonly Modifier[]) => {
  const all = facts(...modifiers);
  const [client] = all.provider.state === 'ready' ? all.provider.upstream.clients : [];
  return credentialsOf(all, client)?.map(({ id, state }) => [id, state]);
};

test('status says of each what it is', () => {
  expect(statesOf(...turned)).toEqual([
    ['curr', 'Current'],
    ['former', 'Retiring'],
  ]);
  // Somebody has made another one, which is not followed yet.
  expect(
    statesOf(...shown, change({ credentials: [at('other-1', 'current'), at('curr', 'rotated')] })),
  ).toEqual([
    ['other-1', 'Foreign'],
    ['curr', 'Current'],
  ]);
  const lost = change({ credentials: [at('curr', 'current'), at('next', 'rotated', 'op-2k')] });
  expect(statesOf(...shown, lost, operation('stage', SETTLED))).toEqual([
    ['curr', 'Current'],
    ['next', 'Lost'],
  ]);
});

import { describe, expect, test } from 'vitest';
import { findCondition, timestamp } from '../../api/conditions.ts';
import { machineClientStatus, type MachineClientStatus } from '../../api/schema/machine-client-status.ts';
import { decide } from '../decide.ts';
import type { Facts } from '../facts.ts';
import { isRest, type Rest } from '../plan.ts';
import type { Learnt, Setback } from './picture.ts';
import { retireAfter } from '../policies/gate.ts';
import type { SecretView } from '../secret-view.ts';
import { statusOf, statusPatch } from './status.ts';
import {
  also,
  annotated,
  change,
  client,
  condition,
  deleting,
  derivedId,
  facts,
  judged,
  FRESH,
  given,
  HOUR,
  looked,
  lookedAt,
  type Modifier,
  next,
  noClient,
  noSecret,
  NOW,
  object,
  operation,
  SETTLED,
  overlapping,
  provider,
  providerGone,
  quiet,
  seconds,
  secret,
  secretSpec,
  spec,
  status,
  swept,
} from '../testing/facts.ts';

const setback = (fields: Partial<Setback> = {}): Setback => ({
  reason: 'PermissionDenied',
  message: 'Stytch update: HTTP 403',
  retry: 'later',
  side: 'provider',
  ...fields,
});

/** The status after a pass that came to rest as `decide` says, or after a setback. */
const after = (observed: Facts, learnt: Partial<Learnt> = {}): MachineClientStatus => {
  const plan = decide(observed);
  const rest: Rest = isRest(plan)
    ? plan
    : {
        kind: 'wait',
        reason: learnt.setback?.reason ?? ('reason' in plan ? plan.reason : 'WaitingForSweep'),
        message: learnt.setback?.message ?? 'waits',
      };
  return statusOf(observed, { rest, setback: undefined, proof: undefined, ...learnt });
};
/** `Ready=True/Ready Stalled=False/Idle …` of the named conditions. */
const said = (written: MachineClientStatus, ...types: string[]): string =>
  types
    .map((type) => {
      const found = findCondition(written.conditions, type);
      return found ? `${type}=${found.status}/${found.reason}` : `${type}=`;
    })
    .join(' ');
const ready = ['Ready', 'Reconciling', 'Stalled'];
/** The same object when it is looked at again with what was written. */
const again = (observed: Facts, written: MachineClientStatus): Facts => status(written)(observed);
/** A quiet object with the status that it comes to. */
const calm: Modifier = (before) => {
  const observed = quiet(before);
  return again(observed, after(observed));
};

test('at rest: all ten conditions and what was published', () => {
  const written = after(facts(quiet));
  expect(written.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
    ['Ready', 'True', 'Ready'],
    ['Reconciling', 'False', 'Idle'],
    ['Stalled', 'False', 'Idle'],
    ['ClientSynced', 'True', 'Synced'],
    ['SecretPublished', 'True', 'Published'],
    ['CredentialVerified', 'True', 'Verified'],
    ['RotationInProgress', 'False', 'Idle'],
    ['RotationBlocked', 'False', 'Idle'],
    ['RotationOverdue', 'False', 'Idle'],
    ['Drifted', 'False', 'InSync'],
  ]);
  expect(written).toMatchObject({
    observedGeneration: 1,
    clientId: derivedId(),
    secretSuffix: '****curr',
    credentials: [{ id: 'curr', suffix: '****curr', state: 'Current' }],
    secretVersion: 3,
    operation: 'op-1s',
    lastRotationTime: '2026-05-30T12:00:00Z',
    binding: { name: 'app' },
  });
});

const situations: readonly (readonly [name: string, Modifier, Partial<Learnt>])[] = [
  ['at rest', quiet, {}],
  ['new', (f) => f, {}],
  ['overlap', overlapping(HOUR), {}],
  ['suspended', also(quiet, spec({ suspend: true })), {}],
  ['provider gone', also(quiet, providerGone), {}],
  ['refused for now', also(quiet, looked), { setback: setback() }],
  [
    'refused for good',
    also(quiet, looked),
    { setback: setback({ retry: 'spec', reason: 'RejectedByProvider' }) },
  ],
  ['foreign rotation', also(quiet, next('theirs')), {}],
  ['no Secret', also(quiet, noSecret), {}],
  ['the Secret was edited', also(quiet, secret({ integrity: 'edited' })), {}],
  ['settling', operation('create', FRESH), {}],
  ['two with one suffix', also(quiet, next('curr')), {}],
  ['deleting', also(quiet, deleting), {}],
  ['proof failed', quiet, { proof: { operation: 'op-1s', ok: false, message: 'no' } }],
];

test.each(situations)(
  '%s: deterministic, of the schema’s form, and written once',
  (_name, modify, learnt) => {
    const observed = facts(modify);
    const written = after(observed, learnt);
    expect(after(observed, learnt)).toEqual(written);
    expect(machineClientStatus.parse(written)).toEqual(written);
    expect(new Set(written.credentials?.map(({ id }) => id)).size).toBe(written.credentials?.length ?? 0);
    // Seen again, an hour later, with nothing new: no second write (I9).
    if (learnt.setback) return;
    const later = { ...again(observed, written), now: NOW + 1 };
    expect(statusPatch(written, after(later, learnt))).toBeUndefined();
  },
);

describe('Ready, Reconciling and Stalled (kstatus)', () => {
  test.each<readonly [string, Modifier, Partial<Learnt>, string]>([
    ['new', (f) => f, {}, 'Ready=False/Creating Reconciling=True/Creating Stalled=False/Idle'],
    [
      'through an overlap',
      overlapping(HOUR),
      {},
      'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'a field differs',
      also(quiet, looked, judged({ differences: ['scopes'] })),
      { setback: setback() },
      'Ready=False/PermissionDenied Reconciling=True/PermissionDenied Stalled=False/Idle',
    ],
    [
      'refused for good',
      also(quiet, looked),
      { setback: setback({ retry: 'spec', reason: 'RejectedByProvider' }) },
      'Ready=False/RejectedByProvider Reconciling=False/Idle Stalled=True/RejectedByProvider',
    ],
    [
      'a field that means nothing to the provider',
      also(quiet, provider({ refusal: { reason: 'FieldNotSupported', message: 'x' } })),
      {},
      'Ready=False/FieldNotSupported Reconciling=False/Idle Stalled=True/FieldNotSupported',
    ],
    [
      'a policy',
      also(quiet, provider({ refusal: { reason: 'PolicyDenied', message: 'x' } })),
      {},
      'Ready=False/PolicyDenied Reconciling=True/PolicyDenied Stalled=False/Idle',
    ],
    [
      'a foreign rotation while the Secret works',
      also(calm, next('theirs')),
      {},
      'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'a foreign rotation while it does not',
      also(calm, noSecret, next('theirs'), looked),
      {},
      'Ready=False/ForeignRotationOpen Reconciling=False/Idle Stalled=True/ForeignRotationOpen',
    ],
    [
      'held, and the Secret works',
      also(calm, annotated('rotateRequested', 'x'), looked, provider({ held: 'x' })),
      {},
      'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'held, and the client is gone',
      also(calm, noClient, lookedAt(derivedId()), provider({ held: 'x' })),
      {},
      'Ready=False/MassChange Reconciling=True/MassChange Stalled=False/Idle',
    ],
    [
      'suspended',
      also(calm, spec({ suspend: true })),
      {},
      'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'suspended before it was ever Ready',
      spec({ suspend: true }),
      {},
      'Ready=False/Suspended Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'observed',
      also(quiet, spec({ managementPolicy: 'Observe' })),
      {},
      'Ready=True/Observed Reconciling=False/Idle Stalled=False/Idle',
    ],
    [
      'renamed, the new Secret not there yet',
      also(quiet, secretSpec({ name: 'new' })),
      {},
      'Ready=False/Publishing Reconciling=True/Publishing Stalled=False/Idle',
    ],
    [
      'inactive',
      also(calm, spec({ state: 'Inactive' }), change({ active: false })),
      {},
      'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle',
    ],
    ['deleting', also(quiet, deleting), {}, 'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle'],
    [
      'deletion blocked',
      also(quiet, deleting, providerGone),
      {},
      'Ready=False/DeletionBlocked Reconciling=False/Idle Stalled=False/Idle',
    ],
  ])('%s', (_name, modify, learnt, expected) => {
    expect(said(after(facts(modify), learnt), ...ready)).toBe(expected);
  });

  test.each<readonly [string, Modifier, Partial<Learnt>]>([
    ['the provider is not ready', providerGone, {}],
    ['a call got no answer', looked, { setback: setback({ reason: 'ProviderUnreachable', retry: 'soon' }) }],
    ['the account asks for fewer', looked, { setback: setback({ reason: 'RateLimited', retry: 'soon' }) }],
  ])('%s: ClientSynced and Drifted are unknown, and nothing else changes', (_name, modify, learnt) => {
    const observed = facts(calm, modify);
    const before = observed.object.status;
    const written = after(observed, learnt);
    expect(said(written, 'ClientSynced')).toMatch(/^ClientSynced=Unknown/);
    const rest = (all: MachineClientStatus) =>
      all.conditions?.filter(({ type }) => type !== 'ClientSynced' && type !== 'Drifted');
    // What a call without an answer was to change is known all the same.
    const drifted = modify === providerGone ? 'Drifted=Unknown/ProviderNotReady' : 'Drifted=False/InSync';
    expect(said(written, 'Drifted')).toBe(drifted);
    expect(rest(written)).toEqual(rest(before));
  });

  test('a spec that nobody has applied yet is not said to be: what is kept keeps its generation', () => {
    const changed = also(providerGone, object({ generation: 7 }))(facts(calm));
    const written = after(changed);
    const generations = written.conditions?.map((one) => [one.type, one.status, one.observedGeneration]);
    expect(generations).toEqual([
      ['Ready', 'True', 1],
      ['Reconciling', 'True', 7],
      ['Stalled', 'False', 7],
      ['ClientSynced', 'Unknown', 7],
      ['SecretPublished', 'True', 7],
      ['CredentialVerified', 'True', 1],
      ['RotationInProgress', 'False', 1],
      ['RotationBlocked', 'False', 1],
      ['RotationOverdue', 'False', 7],
      ['Drifted', 'Unknown', 7],
    ]);
    expect(written.observedGeneration).toBe(7);
    // Looked at, and all of it is of the present one, but for the proof: that was of the credential.
    const seen = after(again(object({ generation: 7 })(facts(calm)), written));
    const late = seen.conditions?.filter((one) => one.observedGeneration !== 7).map(({ type }) => type);
    expect(late).toEqual(['CredentialVerified']);
  });

  test('what the API server refuses leaves Ready as it is while the Secret works, and says so', () => {
    const refused = setback({
      reason: 'KubernetesError',
      message: 'cannot patch machineclients.machine-client.dev "app": Invalid (422): only Git may write',
      retry: 'soon',
      side: 'kubernetes',
    });
    const written = after(facts(calm, looked), { setback: refused });
    expect(said(written, ...ready)).toBe('Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle');
    const going = after(facts(calm, looked, deleting), { setback: refused });
    expect(said(going, 'Ready')).toBe('Ready=False/KubernetesError');
    const fresh = after(facts(noSecret), { setback: refused });
    expect(said(fresh, ...ready)).toBe(
      'Ready=False/KubernetesError Reconciling=True/KubernetesError Stalled=False/Idle',
    );
  });

  test('but where it refuses our finalizer nothing is ready: the object could go without its client', () => {
    const refused = setback({
      reason: 'KubernetesError',
      message: 'cannot patch machineclients.machine-client.dev "app": Forbidden (403): only Git may write',
      retry: 'soon',
      side: 'kubernetes',
      during: 'Ready',
    });
    const written = after(facts(calm, looked, object({ finalizers: [] })), { setback: refused });
    expect(said(written, ...ready)).toBe(
      'Ready=False/KubernetesError Reconciling=True/KubernetesError Stalled=False/Idle',
    );
    expect(findCondition(written.conditions, 'Ready')?.message).toBe(refused.message);
  });

  test('through an overlap too', () => {
    const observed = facts(overlapping(HOUR));
    const written = after(again(observed, after(observed)));
    expect(said(written, 'RotationInProgress')).toBe('RotationInProgress=True/Overlap');
    const blind = after(providerGone(again(observed, written)));
    expect(said(blind, 'RotationInProgress', 'Ready')).toBe(
      'RotationInProgress=True/Overlap Ready=True/Ready',
    );
    expect(blind.credentials).toEqual(written.credentials);
  });
});

test('workloads that cannot be looked at: said of the rotation, and the Secret is ready all the while', () => {
  const restarting = spec({
    restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' },
  });
  const refused = setback({
    reason: 'KubernetesError',
    message: 'cannot get deployments.apps "a"',
    retry: 'soon',
    side: 'kubernetes',
    during: 'Restarting',
  });
  const written = after(facts(overlapping(HOUR), looked, restarting), { setback: refused });
  expect(said(written, ...ready)).toBe('Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle');
  expect(findCondition(written.conditions, 'RotationInProgress')).toMatchObject({
    status: 'True',
    reason: 'KubernetesError',
    message: 'cannot get deployments.apps "a"',
  });
  expect(written.credentials?.map(({ state }) => state)).toEqual(['Retiring', 'Current']);
});

test('an old credential that cannot be retired: said of the rotation, and the Secret is ready all the while', () => {
  const refused = setback({
    reason: 'KubernetesError',
    message: 'an admission policy denied the request',
    retry: 'soon',
    side: 'kubernetes',
    during: 'Retiring',
  });
  const written = after(facts(overlapping(48 * HOUR), looked), { setback: refused });
  expect(said(written, ...ready)).toBe('Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle');
  expect(findCondition(written.conditions, 'RotationInProgress')).toMatchObject({
    status: 'True',
    reason: 'KubernetesError',
    message: 'an admission policy denied the request',
  });
});

describe('a rotation that waits for the one before', () => {
  const open = also(overlapping(HOUR), looked);
  const rotationOf = (observed: Facts) => findCondition(after(observed).conditions, 'RotationInProgress');

  test('asked for within an overlap: until when, and what begins it now', () => {
    expect(rotationOf(facts(open))).toMatchObject({ status: 'True', reason: 'Overlap' });
    const ends = timestamp(retireAfter(facts(open), facts(open).secret as SecretView, []));
    expect(rotationOf(facts(open, annotated('rotateRequested', 'x')))).toMatchObject({
      status: 'True',
      reason: 'RotationWaiting',
      message: `the rotation that was asked for waits until ${ends}: the overlap of the one before (spec.rotation.overlap: 24h); machine-client.dev/revoke-previous: "3" retires the old credential, and begins it, now`,
    });
  });

  test('an interval that is no longer than the overlap: it is overdue, with both', () => {
    const late = facts(
      also(overlapping(2 * HOUR), looked),
      spec({
        rotation: { interval: '1h', overlap: '24h', method: 'Overlap', verification: 'OnRotation' },
      }),
    );
    expect(rotationOf(late)).toMatchObject({ reason: 'RotationWaiting' });
    const overdue = findCondition(after(late).conditions, 'RotationOverdue');
    expect(overdue).toMatchObject({ status: 'True', reason: 'RotationOverdue' });
    expect(overdue?.message).toContain('has not begun: a planned rotation waits until ');
    expect(overdue?.message).toContain(
      'spec.rotation.interval (1h) is no longer than spec.rotation.overlap (24h)',
    );
  });
});

describe('a long backoff', () => {
  const observed = facts(calm, looked, judged({ differences: ['scopes'] }));

  test('doubles, up to six hours, and a new spec begins anew', () => {
    let seen = observed;
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt++) {
      const written = after(seen, { setback: setback() });
      expect(written.failedAttempts).toBe(attempt);
      waits.push((Date.parse(written.nextRetryTime ?? '') - NOW) / 60_000);
      seen = again(seen, written);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    expect(after(object({ generation: 2 })(seen), { setback: setback() }).failedAttempts).toBe(1);
  });

  test('what was refused while it lived does not keep its deletion waiting; what its deletion is refused does', () => {
    const seen = facts(deleting);
    const attemptsOf = (during: Setback['during']) =>
      after(seen, { setback: setback({ during }) }).failedAttempts;
    expect(attemptsOf('Creating')).toBeUndefined();
    expect([attemptsOf('Deleting'), attemptsOf(undefined)]).toEqual([1, 1]);
  });

  test('while it lasts the status says the same again and again, and does not flap', () => {
    const written = after(observed, { setback: setback() });
    expect(said(written, 'ClientSynced', 'Ready')).toBe(
      'ClientSynced=False/PermissionDenied Ready=False/PermissionDenied',
    );
    const second = again(observed, written);
    expect(decide(second)).toMatchObject({ kind: 'hold', reason: 'PermissionDenied' });
    expect(statusPatch(written, after(second))).toBeUndefined();
  });

  test('the same for a refused rotation, where no field differs', () => {
    const tried = operation('start', SETTLED, { request: 'x', result: 'rejected' });
    const rotating = facts(calm, looked, annotated('rotateRequested', 'x'), tried);
    const refused = setback({ message: 'Stytch rotate start: HTTP 403', during: 'Rotating' });
    const written = after(rotating, { setback: refused });
    // The Secret works all the while.
    expect(said(written, 'Ready', 'RotationInProgress')).toBe(
      'Ready=True/Ready RotationInProgress=False/PermissionDenied',
    );
    const second = again(rotating, written);
    expect(decide(second)).toMatchObject({
      kind: 'hold',
      reason: 'PermissionDenied',
      message: refused.message,
    });
    expect(statusPatch(written, after(second))).toBeUndefined();
  });

  test('while what was refused settles, the Secret works all the while, and Ready says so', () => {
    const ending = facts(
      overlapping(25 * HOUR),
      operation('promote', FRESH, { suffix: 'next', result: 'rejected' }),
    );
    const written = after(ending, { setback: setback({ during: 'Retiring' }) });
    expect(said(written, 'Ready')).toBe('Ready=True/Ready');
    const second = again(ending, written);
    expect(decide(second)).toMatchObject({ kind: 'wait', reason: 'Settling' });
    expect(said(after(second), 'Ready')).toBe('Ready=True/Ready');
  });

  test('is forgotten when it went well', () => {
    const failed = again(observed, after(observed, { setback: setback() }));
    const well = after(judged({ differences: [] })(failed));
    expect(well).not.toHaveProperty('failedAttempts');
    expect(well).not.toHaveProperty('nextRetryTime');
  });

  test('is kept while the failed call settles: the next try is not the first one', () => {
    const settling = facts(noSecret, operation('create', FRESH));
    const failed = again(settling, after(settling, { setback: setback() }));
    expect(decide(failed)).toMatchObject({ kind: 'wait', reason: 'Settling' });
    expect(after(failed)).toMatchObject({
      failedAttempts: 1,
      nextRetryTime: failed.object.status.nextRetryTime,
    });
    // A person who asks anew does not wait for it.
    expect(after(object({ generation: 2 })(failed))).not.toHaveProperty('failedAttempts');
  });

  test('is forgotten once the next credential is published, and its overlap runs', () => {
    const failed = again(observed, after(observed, { setback: setback() }));
    const { failedAttempts, nextRetryTime, lastFailureTime } = failed.object.status;
    const published = facts(overlapping(HOUR), status({ failedAttempts, nextRetryTime, lastFailureTime }));
    expect(decide(published)).toMatchObject({ kind: 'nothing', reason: 'Overlap' });
    expect(after(published)).not.toHaveProperty('failedAttempts');
  });

  test('is kept through what heals by itself', () => {
    const failed = again(observed, after(observed, { setback: setback() }));
    const written = after(failed, { setback: setback({ reason: 'ProviderUnreachable', retry: 'soon' }) });
    expect(written).toMatchObject({ failedAttempts: 1, nextRetryTime: failed.object.status.nextRetryTime });
  });
});

describe('CredentialVerified', () => {
  const of = (modify: Modifier, learnt: Partial<Learnt> = {}) =>
    said(after(facts(modify), learnt), 'CredentialVerified');
  const proof = (ok: boolean, operationId = 'op-1s') => ({
    proof: { operation: operationId, ok, message: 'HTTP 400 invalid_client' },
  });

  test.each([
    [
      'proven in this pass',
      of(also(quiet, status({ conditions: [] })), proof(true)),
      'CredentialVerified=True/Verified',
    ],
    ['refused in this pass', of(quiet, proof(false)), 'CredentialVerified=False/CredentialRefused'],
    ['proven before', of(quiet), 'CredentialVerified=True/Verified'],
    [
      'proven before, and published anew since',
      of(also(quiet, secret({ operation: 'op-new' }))),
      'CredentialVerified=Unknown/Idle',
    ],
    [
      'a proof of another publication',
      of(also(quiet, secret({ operation: 'op-new' })), proof(true)),
      'CredentialVerified=Unknown/Idle',
    ],
    ['no Secret', of(also(quiet, noSecret)), 'CredentialVerified='],
  ])('%s', (_name, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('credentials', () => {
  test('through an overlap: when the old one goes', () => {
    expect(after(facts(overlapping(HOUR))).credentials).toEqual([
      { id: 'curr', suffix: '****curr', state: 'Retiring', retireAfter: '2026-06-02T11:00:20Z' },
      { id: 'next', suffix: '****next', state: 'Current' },
    ]);
  });

  test('somebody else’s', () => {
    expect(after(facts(quiet, next('theirs'))).credentials).toContainEqual({
      id: 'theirs',
      suffix: '****theirs',
      state: 'Foreign',
    });
  });

  test('lost', () => {
    expect(after(facts(quiet, secret({ credentialId: 'gone' }))).credentials).toEqual([
      { id: 'curr', suffix: '****curr', state: 'Lost' },
    ]);
  });
});

describe('of a credential that a user brought nothing is shown', () => {
  const importing = spec({
    clientId: 'c',
    credential: { type: 'ClientSecret', importSecretRef: { name: 's', key: 'password' } },
  });
  const of = (...modify: Modifier[]) => {
    const { credentials, secretSuffix } = after(facts(also(...(modify as [Modifier, Modifier]))));
    return [
      secretSuffix,
      ...(credentials ?? []).map(({ id, suffix, state }) => [id, suffix, state].join(' ')),
    ];
  };
  const listed = status({ credentials: [{ id: 'imported', state: 'Current' }] });

  test.each<readonly [string, readonly Modifier[], readonly (string | undefined)[]]>([
    ['while it is published', [quiet, secret({ imported: true })], [undefined, 'imported  Current']],
    ['before it is', [quiet, noSecret, importing], [undefined, 'imported  Current']],
    ['after the Secret is gone', [quiet, noSecret, listed], [undefined, 'imported  Lost']],
    [
      'while it is retired',
      [overlapping(HOUR), importing],
      ['****next', 'imported  Retiring', 'next ****next Current'],
    ],
    [
      'while it is retired, and the spec names it no more',
      [overlapping(HOUR), listed],
      ['****next', 'imported  Retiring', 'next ****next Current'],
    ],
    ['one of ours is shown', [quiet, importing], ['****curr', 'curr ****curr Current']],
  ])('%s', (_name, modify, expected) => {
    expect(of(...modify)).toEqual(expected);
  });
});

test('a list that shows a client by its name alone unsays nothing of its credentials', () => {
  const named = status({
    credentials: [
      { id: 'curr', state: 'Current' },
      { id: 'theirs', state: 'Foreign' },
    ],
  });
  const summary = change({ mark: undefined, shortMark: facts().mark.short, credentials: [] });
  const written = after(facts(quiet, named, summary));
  expect(said(written, 'RotationInProgress')).toBe('RotationInProgress=False/ForeignCredential');
  expect(written.credentials).toHaveLength(2);
});

test('a lost credential that waits for the gate is under way, and says what it waits for', () => {
  const shown = ['curr', 'lost'].map((id) => ({ id, suffix: undefined }));
  const named = status({
    credentials: [
      { id: 'curr', state: 'Current' },
      { id: 'lost', state: 'Lost' },
    ],
  });
  const closed = secret({ publishedAt: seconds(-60) });
  const written = after(facts(quiet, named, closed, change({ credentials: shown })));
  expect(said(written, 'RotationInProgress')).toBe('RotationInProgress=True/Overlap');
});

test('before the first list what was said of the client stays', () => {
  const suspended = also(calm, noClient, swept(undefined), spec({ suspend: true }));
  expect(said(after(facts(suspended)), 'ClientSynced')).toBe('ClientSynced=True/Synced');
});

test('while the provider may not show a client yet, what was said of it stays, and the request for a look is answered', () => {
  const written = after(
    facts(
      calm,
      noClient,
      operation('create', 40, { id: 'op-1s' }),
      annotated('reconcileRequested', 'r'),
      lookedAt(derivedId()),
    ),
  );
  expect(said(written, ...ready, 'ClientSynced', 'SecretPublished', 'Drifted')).toBe(
    'Ready=True/Ready Reconciling=False/Idle Stalled=False/Idle ClientSynced=True/Synced SecretPublished=True/Published Drifted=False/InSync',
  );
  expect(written).toMatchObject({ clientId: derivedId(), lastHandledReconcileRequest: 'r' });
});

test('requests are echoed: a look when it was had, a rotation when the Secret says so', () => {
  const written = after(
    facts(quiet, annotated('reconcileRequested', 'r'), annotated('rotateRequested', 'x'), looked),
  );
  expect(written.lastHandledReconcileRequest).toBe('r');
  expect(written.lastHandledRotateRequest).toBeUndefined();
  expect(after(facts(quiet, secret({ rotateRequest: 'x' }))).lastHandledRotateRequest).toBe('x');
});

test('transition times move only with the status', () => {
  const first = after(facts(calm));
  const observed = { ...again(facts(calm), first), now: seconds(HOUR) };
  const broken = after(noSecret(observed));
  const time = (all: MachineClientStatus, type: string) =>
    findCondition(all.conditions, type)?.lastTransitionTime;
  expect(time(broken, 'SecretPublished')).toBe('2026-06-01T13:00:00Z');
  expect(time(broken, 'Stalled')).toBe(time(first, 'Stalled'));
});

test('Drifted names fields, and says who would put them right', () => {
  const differs = judged({ differences: ['scopes'] });
  const drifted = (modify: Modifier) => findCondition(after(facts(modify)).conditions, 'Drifted');
  expect(drifted(also(quiet, differs))).toMatchObject({
    status: 'True',
    reason: 'Updating',
    message: 'these fields differ at the provider: scopes',
  });
  expect(drifted(also(quiet, differs, spec({ managementPolicy: 'Observe' })))).toMatchObject({
    status: 'True',
    reason: 'WouldChange',
  });
});

describe('the patch', () => {
  test('says only what differs, and null for what is gone', () => {
    expect(
      statusPatch(
        { observedGeneration: 1, clientId: 'a', failedAttempts: 2 },
        { observedGeneration: 1, clientId: 'b' },
      ),
    ).toEqual({
      clientId: 'b',
      failedAttempts: null,
    });
  });

  test('is none where nothing differs', () => {
    const written = after(facts(calm));
    expect(statusPatch(written, structuredClone(written))).toBeUndefined();
  });
});

test('a client that only the recorded id names is kept in status while the list is read', () => {
  expect(after(facts(quiet, noClient, given({ secret: undefined }))).clientId).toBe(derivedId());
  expect(after(facts(client())).clientId).toBe(derivedId());
  expect(
    after(facts(condition({ type: 'Ready', status: 'True', reason: 'NotOfOurs' }), providerGone)).clientId,
  ).toBeUndefined();
});

describe('what blocks every rotation is a condition of its own', () => {
  const blocked = (...modify: Modifier[]) => {
    const written = after(facts(also(...(modify as [Modifier, Modifier]))));
    return said(written, 'RotationBlocked', 'RotationInProgress', 'Ready');
  };
  const due = annotated('rotateRequested', 'x');

  test('a rotation that somebody else has open, whether or not the Secret works', () => {
    expect(blocked(calm, looked, next('theirs'), due)).toBe(
      'RotationBlocked=True/ForeignRotationOpen RotationInProgress=False/Idle Ready=True/Ready',
    );
    expect(blocked(calm, noSecret, next('theirs'), looked)).toBe(
      'RotationBlocked=True/ForeignRotationOpen RotationInProgress=False/Idle Ready=False/ForeignRotationOpen',
    );
  });

  test('a mass change that nobody has confirmed', () => {
    expect(blocked(calm, looked, noSecret, provider({ held: 'much is gone' }))).toContain(
      'RotationBlocked=True/MassChange',
    );
  });

  test('what is refused for another reason is said in RotationInProgress', () => {
    const tried = operation('start', SETTLED, { request: 'x', result: 'rejected' });
    const refused = setback({ message: 'Stytch rotate start: HTTP 403', during: 'Rotating' });
    const written = after(facts(calm, looked, due, tried), { setback: refused });
    expect(said(written, 'RotationBlocked', 'RotationInProgress')).toBe(
      'RotationBlocked=False/Idle RotationInProgress=False/PermissionDenied',
    );
  });

  test('while the provider cannot be asked it stays what it was', () => {
    const theirs = facts(calm, looked, next('theirs'), due);
    const written = after(theirs);
    const outage = facts(calm, next('theirs'), providerGone, status(written));
    expect(said(after(outage), 'RotationBlocked')).toBe('RotationBlocked=True/ForeignRotationOpen');
  });
});

describe('of a credential the status tells', () => {
  const withCredential = (fields: object) =>
    change({ credentials: [{ id: 'curr', suffix: 'curr', ...fields }] });
  const shown = (...modify: Modifier[]) => after(facts(quiet, ...modify)).credentials?.[0];

  test('its client, where that is another one', () => {
    expect(shown(withCredential({ clientId: 'second' }))?.clientId).toBe('second');
    expect(shown(withCredential({ clientId: derivedId() }))).not.toHaveProperty('clientId');
    expect(shown(withCredential({}))).not.toHaveProperty('clientId');
  });

  test('when it was last used, and no more than once an hour', () => {
    expect(shown(withCredential({ lastUsedTime: NOW }))?.lastUsedTime).toBe(timestamp(NOW));
    expect(shown(withCredential({ lastUsedTime: 'never' }))).not.toHaveProperty('lastUsedTime');
    const noted = (lastUsedTime: number) =>
      status({ credentials: [{ id: 'curr', state: 'Current', lastUsedTime: timestamp(lastUsedTime) }] });
    const minutes = (count: number): number => NOW - count * 60_000;
    expect(shown(noted(minutes(59)), withCredential({ lastUsedTime: NOW }))?.lastUsedTime).toBe(
      timestamp(minutes(59)),
    );
    expect(shown(noted(minutes(60)), withCredential({ lastUsedTime: NOW }))?.lastUsedTime).toBe(
      timestamp(NOW),
    );
    // A time that was edited is corrected.
    expect(shown(noted(NOW + 60_000), withCredential({ lastUsedTime: NOW }))?.lastUsedTime).toBe(
      timestamp(NOW),
    );
  });
});

test('conditions that another program has written stay', () => {
  const theirs = {
    type: 'example.com/Approved',
    status: 'True' as const,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'ByHand',
    message: 'theirs',
  };
  const written = after(facts(quiet));
  const both = status({ conditions: [...(written.conditions ?? []), theirs] });
  expect(after(facts(quiet, both)).conditions?.at(-1)).toEqual(theirs);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotations, finalizers } from '../api/group.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { operationKinds } from '../api/operation.ts';
import { parseFacts, plainFacts } from './facts-json.ts';
import { type Plan, trailOf } from './plan.ts';
import {
  also,
  annotated,
  change,
  client,
  condition,
  deleting,
  derivedId,
  facts,
  FRESH,
  given,
  HOUR,
  installation,
  judged,
  looked,
  lookedAt,
  lostStart,
  type Modifier,
  next,
  nameless,
  noClient,
  noSecret,
  noStatus,
  NOW,
  object,
  operation,
  overlapping,
  provider,
  providerGone,
  quiet,
  rotation,
  seconds,
  secret,
  secretSpec,
  secretView,
  SETTLED,
  spec,
  status,
  swept,
  upstreamClient,
  withdrawn,
} from './testing/facts.ts';
import type { Consumer } from '../kube/rollout/workload.ts';
import { makeMark } from '../providers/mark.ts';
import { scalekit } from '../providers/scalekit/index.ts';
import { stytch } from '../providers/stytch/index.ts';
import { reasons } from '../api/reasons.ts';

interface Row {
  readonly name: string;
  readonly reason: string;
  readonly facts: readonly Modifier[];
  readonly plan: Partial<Record<string, unknown>> & { readonly kind: Plan['kind'] };
}

const READ_LAG = stytch.capabilities.readLagMs / 1000;
/** Created 40 s ago and published; neither a list nor a look shows it. */
const justMade = also(quiet, noClient, lookedAt(derivedId()), operation('create', 40, { id: 'op-1s' }));
/** Published 40 s ago, and K says nothing of that: somebody has removed it. */
const unknownToK = also(given({ operation: undefined }), secret({ publishedAt: seconds(-40) }));
const day = 24 * HOUR;
const retryIn = (count: number): Modifier =>
  status({ nextRetryTime: new Date(seconds(count)).toISOString() });
const differs = (...fields: string[]): Modifier => judged({ differences: fields });
const held: Modifier = provider({ held: 'many clients are gone' });
const beyond = (managed: boolean): Modifier =>
  judged({ excess: { reason: 'PolicyDenied', message: 'it may not be that', managed } });
const restarting: Modifier = spec({
  restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' },
});
/** The one workload of `restarting`, rolled out, but for what is said. */
const consumers =
  (fields: Partial<Consumer>): Modifier =>
  (before) => ({
    ...before,
    consumers: [
      {
        kind: 'Deployment',
        name: 'a',
        uid: 'uid-a',
        publication: { version: '3', operation: 'op-1s' },
        waitsFor: undefined,
        ...fields,
      },
    ],
  });
/** The object of this name before has gone: it fenced its last operation so many seconds ago. */
const former = (ageSeconds: number): Modifier =>
  given({ former: { at: seconds(-ageSeconds), until: seconds(25 - ageSeconds) } });
const requested: Modifier = annotated('rotateRequested', 'please');
const wants = (clientId: string): Modifier => spec({ clientId });
const foreign = upstreamClient({ id: 'theirs', mark: undefined, uid: undefined });

const borrowing: Modifier = spec({ managementPolicy: 'CredentialsOnly', clientId: 'theirs' });
const borrowedClient = (): Modifier => client({ id: 'theirs', mark: undefined, uid: undefined });
/** Published on the client of somebody else, and nothing is due. */
const borrowed: Modifier = also(
  quiet,
  noClient,
  borrowing,
  borrowedClient(),
  secret({ clientId: 'theirs' }),
  status({
    clientId: 'theirs',
    credentials: [
      { id: 'curr', suffix: '****curr', state: 'Current' },
      { id: 'old', state: 'Retiring' },
      { id: 'foreign', state: 'Foreign' },
    ],
  }),
);
const byId: Modifier = provider({ style: 'additive', capabilities: scalekit.capabilities });
const credentials = (...ids: string[]): Modifier =>
  change({ credentials: ids.map((id) => ({ id, suffix: undefined })) });

/** A list of names alone shows it, and status names this credential as the current one. */
const byName = (id: string, more: Partial<UpstreamClient> = {}): Modifier =>
  also(
    quiet,
    byId,
    change({
      mark: undefined,
      shortMark: makeMark(installation, 'ns', 'app').short,
      credentials: [],
      ...more,
    }),
    status({ credentials: [{ id, state: 'Current' }] }),
  );

const tables: Readonly<Record<string, readonly Row[]>> = {
  guards: [
    {
      name: 'quiet',
      reason: 'nothing is due, so nothing is written (I9)',
      facts: [quiet],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'an operation of another installation',
      reason: 'two operators would undo each other',
      facts: [quiet, operation('start', SETTLED, { installation: 'other' })],
      plan: { kind: 'hands-off', reason: 'ManagedByAnother' },
    },
    {
      name: 'an operation of another installation, deleting',
      reason: 'the client may be theirs',
      facts: [quiet, deleting, operation('start', SETTLED, { installation: 'other' })],
      plan: { kind: 'hands-off' },
    },
    {
      name: 'suspended with a lost Secret',
      reason: 'a person says stop',
      facts: [quiet, noSecret, looked, spec({ suspend: true })],
      plan: { kind: 'hold', reason: 'Suspended', stalled: false },
    },
    {
      name: 'suspended with an open gate',
      reason: 'nothing is retired while suspended',
      facts: [overlapping(2 * day), looked, spec({ suspend: true })],
      plan: { kind: 'hold', reason: 'Suspended' },
    },
    {
      name: 'the namespace is terminating',
      reason: 'no Secret can be made there',
      facts: [given({ namespaceTerminating: true })],
      plan: { kind: 'hold', reason: 'NamespaceTerminating' },
    },
    {
      name: 'an invalid spec',
      reason: 'it cannot be read, and heals only by a new one',
      facts: [object({ invalid: 'spec.scopes: invalid_type' })],
      plan: { kind: 'hold', reason: 'InvalidSpec', stalled: true },
    },
    {
      name: 'no provider',
      reason: 'nothing can be known',
      facts: [quiet, providerGone],
      plan: { kind: 'hold', reason: 'ProviderNotReady', stalled: false },
    },
    {
      name: 'a field that the provider does not know',
      reason: 'never ignored',
      facts: [quiet, provider({ refusal: { reason: 'FieldNotSupported', message: 'x' } })],
      plan: { kind: 'hold', reason: 'FieldNotSupported', stalled: true },
    },
    {
      name: 'a policy of the provider',
      reason: 'it may change without this object, so it is not stalled',
      facts: [quiet, provider({ refusal: { reason: 'PolicyDenied', message: 'x' } })],
      plan: { kind: 'hold', reason: 'PolicyDenied', stalled: false },
    },
    {
      name: 'two objects want one Secret',
      reason: 'the other one has it (I7)',
      facts: [given({ rivalForSecret: 'other' })],
      plan: { kind: 'hold', reason: 'SecretConflict', stalled: true },
    },
    {
      name: 'two objects want one client',
      reason: 'the other one has it (I7)',
      facts: [given({ rivalForClient: 'ns/other' })],
      plan: { kind: 'hold', reason: 'ClientConflict', stalled: true },
    },
    {
      name: 'a first client, and nothing keeps the provider object yet',
      reason: 'it could be deleted in this moment, and the client would wait for it for ever',
      facts: [object({ finalizers: [] }), provider({ kept: false })],
      plan: { kind: 'wait', reason: 'WaitingForProvider' },
    },
    {
      name: 'a first client, and the provider object is being deleted',
      reason: 'nothing new is begun with it',
      facts: [object({ finalizers: [] }), provider({ kept: 'leaving' })],
      plan: { kind: 'hold', reason: 'ProviderNotReady', stalled: false },
    },
    {
      name: 'a provider object that is being deleted, and an object that has begun with it',
      reason: 'the provider object stays as long as this one does',
      facts: [quiet, object({ finalizers: [finalizers.upstream] }), provider({ kept: 'leaving' })],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'Observe, and nothing keeps the provider object',
      reason: 'nothing is begun',
      facts: [
        quiet,
        spec({ managementPolicy: 'Observe' }),
        object({ finalizers: [] }),
        provider({ kept: false }),
      ],
      plan: { kind: 'nothing', reason: 'Observed' },
    },
    {
      name: 'it came back after it was let go: a client, a Secret, no status and no finalizer',
      reason: 'a status that says Ready promises that the object does not go without its client',
      facts: [quiet, noStatus, object({ finalizers: [] })],
      plan: { kind: 'take-finalizer', reason: 'Ready' },
    },
    {
      name: 'the finalizer was taken off while the Secret and the client were lost',
      reason: 'there is nothing that could be left behind, and the fence of what is made brings it',
      facts: [noSecret, noClient, object({ finalizers: [] })],
      plan: { kind: 'create' },
    },
  ],

  'no client': [
    {
      name: 'before the first sweep',
      reason: 'a create waits for the first complete sweep',
      facts: [swept(undefined)],
      plan: { kind: 'sweep', after: 0 },
    },
    {
      name: 'new',
      reason: 'under the derived id, so that a repeat collides',
      facts: [],
      plan: { kind: 'create', clientId: derivedId(0), incarnation: 0 },
    },
    {
      name: 'new, with a wanted id that nobody has looked at',
      reason: 'it may exist and be taken over or refused',
      facts: [wants('mine')],
      plan: { kind: 'look', ids: ['mine'] },
    },
    {
      name: 'new, with a wanted id that is free',
      reason: 'the provider lets the caller choose',
      facts: [wants('mine'), lookedAt('mine')],
      plan: { kind: 'create', clientId: 'mine' },
    },
    {
      name: 'K a fresh create without a result',
      reason: 'the request may still arrive',
      facts: [operation('create', FRESH)],
      plan: { kind: 'wait', reason: 'Settling', until: seconds(20) },
    },
    {
      name: 'K a settled create, swept before it settled',
      reason: '"none" from an older sweep is no answer',
      facts: [operation('create', SETTLED), swept(-110), lookedAt(derivedId())],
      plan: { kind: 'sweep', after: seconds(25 - SETTLED) },
    },
    {
      name: 'K a settled create, its id not looked at',
      reason: 'it may be there under the id that K names',
      facts: [operation('create', SETTLED), swept(-10)],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'K a settled create that never arrived',
      reason: 'the same incarnation again: a late first try collides',
      facts: [operation('create', SETTLED), swept(-10), lookedAt(derivedId())],
      plan: { kind: 'create', clientId: derivedId(0), incarnation: 0 },
    },
    {
      name: 'K a fresh create that was rejected',
      reason: 'a definite answer: it may be tried again at once',
      facts: [operation('create', FRESH, { result: 'rejected' }), lookedAt(derivedId())],
      plan: { kind: 'create', clientId: derivedId(0) },
    },
    {
      name: 'K a settled mint, which names its client, and no list shows that',
      reason: 'a list of names does not show whose it is, once somebody has changed its name',
      facts: [operation('mint', SETTLED, { client: 'sc_1' }), noClient, swept(-10), byId],
      plan: { kind: 'look', ids: ['sc_1'] },
    },
    {
      name: 'K a settled mint of an object that had the name before, which names its client',
      reason: 'it is found by its mark, if it is there',
      facts: [operation('mint', SETTLED, { client: 'sc_1', uid: 'another' }), noClient, swept(-10), byId],
      plan: { kind: 'create' },
    },
    {
      name: 'K a settled create, and a list of names shows clients that were made during it and hide their marks',
      reason: 'one of them is ours, if somebody has changed its name since',
      facts: [operation('create', SETTLED), noClient, swept(-10), byId, nameless('sc_1', 'sc_2')],
      plan: { kind: 'look', ids: ['sc_1', 'sc_2'] },
    },
    {
      name: '… and a list that began before it settled',
      reason: 'one that arrived later is not on it',
      facts: [operation('create', SETTLED), noClient, swept(-110), byId, nameless('sc_1')],
      plan: { kind: 'sweep' },
    },
    {
      name: '… and they are somebody else’s, or gone',
      reason: 'what is nobody’s of ours is neither taken over nor a conflict',
      facts: [
        operation('create', SETTLED),
        noClient,
        swept(-10),
        byId,
        nameless('sc_1', 'sc_2'),
        lookedAt('sc_1', upstreamClient({ id: 'sc_1', mark: undefined })),
        lookedAt('sc_2'),
      ],
      plan: { kind: 'create' },
    },
    {
      name: 'a creation was refused under an id that status records too, the id not looked at',
      reason: 'the refusal says nothing of what was there before',
      facts: [operation('create', SETTLED, { result: 'rejected' }), status({ clientId: derivedId() })],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'gone in the console, K a fresh promote',
      reason: 'a wanted id is the same again: the promote would meet the new client',
      facts: [quiet, noClient, lookedAt(derivedId()), operation('promote', FRESH, { suffix: 'next' })],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'gone, and the id not looked at',
      reason: 'a list may lag; the recorded id is read live',
      facts: [quiet, noClient],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'gone in the console',
      reason: 'one incarnation more: the recorded one is gone for good',
      facts: [quiet, noClient, lookedAt(derivedId())],
      plan: { kind: 'create', clientId: derivedId(1), incarnation: 1 },
    },
    {
      name: 'gone, and its second incarnation was created without an answer',
      reason: 'incarnation 1 again and not 2',
      facts: [
        quiet,
        noClient,
        operation('create', SETTLED, { incarnation: 1 }),
        swept(-10),
        lookedAt(derivedId()),
        lookedAt(derivedId(1)),
      ],
      plan: { kind: 'create', clientId: derivedId(1), incarnation: 1 },
    },
    {
      name: 'the mark was taken off in the console',
      reason: 'it exists: creating another one would move every consumer to another client',
      facts: [quiet, noClient, lookedAt(derivedId(), upstreamClient({ mark: undefined }))],
      plan: { kind: 'hold', reason: 'AdoptionNotAllowed', stalled: true },
    },
    {
      name: 'the derived id is taken by a client without our mark',
      reason: 'a create would collide again and again within one pass',
      facts: [
        operation('create', FRESH, { result: 'rejected' }),
        lookedAt(derivedId(), upstreamClient({ mark: undefined })),
      ],
      plan: { kind: 'hold', reason: 'AdoptionNotAllowed' },
    },
    {
      name: 'made moments ago, and not shown',
      reason: 'reads may lag: another one would be a second client, and the Secret would move to it',
      facts: [justMade],
      plan: { kind: 'wait', reason: 'NotShownYet', until: seconds(6) },
    },
    {
      name: 'made moments ago, not shown, and a person asks for a look',
      reason: 'looking more often does not make it older',
      facts: [justMade, annotated('reconcileRequested', 'now')],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'made by a node whose clock is ahead, and not shown',
      reason: 'no longer than reads may lag',
      facts: [justMade, operation('create', -20, { id: 'op-1s' })],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'made in a time that is far ahead, and not shown',
      reason: 'a clock that wrong says nothing of its age',
      facts: [justMade, operation('create', -HOUR, { id: 'op-1s' })],
      plan: { kind: 'create', clientId: derivedId(1) },
    },
    {
      name: 'not shown for longer than reads may lag',
      reason: 'now it is gone',
      facts: [justMade, operation('create', READ_LAG, { id: 'op-1s' })],
      plan: { kind: 'create', clientId: derivedId(1), incarnation: 1 },
    },
    {
      name: 'not shown, and K was refused or not sent moments ago',
      reason: 'it was about a client that was there: too many requests are refused, too',
      facts: [justMade, operation('update', FRESH, { result: 'rejected' })],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'not shown, and K a creation that was refused moments ago',
      reason: 'it made nothing that reads could lag behind',
      facts: [justMade, operation('create', FRESH, { result: 'rejected' })],
      plan: { kind: 'create' },
    },
    {
      name: 'not shown, and an update of it was not sent moments ago',
      reason: 'it was about a client that was there',
      facts: [justMade, operation('update', FRESH, { result: 'not-sent' })],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'published moments ago, not shown, and somebody has removed K',
      reason: 'the Secret says when it was published, and a second client would be made beside the first',
      facts: [justMade, unknownToK],
      plan: { kind: 'wait', reason: 'NotShownYet', until: seconds(6) },
    },
    {
      name: 'published moments ago, not shown, and somebody has put an older K back',
      reason: 'what is older than the Secret does not say when the provider was asked last',
      facts: [justMade, unknownToK, operation('update', HOUR)],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'published moments ago, not shown, and somebody has put a mint back whose result is not known',
      reason: 'it is no repetition of it that would be made',
      facts: [justMade, unknownToK, operation('create', HOUR)],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'published for longer than reads may lag, not shown, and somebody has removed K',
      reason: 'now it is gone',
      facts: [justMade, unknownToK, secret({ publishedAt: seconds(-READ_LAG) })],
      plan: { kind: 'create', clientId: derivedId(1), incarnation: 1 },
    },
    {
      name: 'published moments ago, not shown, K a creation that was refused since',
      reason: 'K is the last that the provider was asked for: it found none there',
      facts: [justMade, unknownToK, operation('create', FRESH, { result: 'rejected' })],
      plan: { kind: 'create' },
    },
    {
      name: 'K removed, and a client with our mark is shown that is not the one that was just published',
      reason: 'a Secret that works would move to it',
      facts: [justMade, unknownToK, client({ id: 'another' })],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'K a settled create without a result, young, under an id that we chose',
      reason: 'a repeated creation collides with the first',
      facts: [operation('create', 40), swept(-10), lookedAt(derivedId())],
      plan: { kind: 'create', clientId: derivedId(0), incarnation: 0 },
    },
    {
      name: 'K a settled create without a result, young, where the provider names clients',
      reason: 'it is believed to be none only by a list that cannot lag any more',
      facts: [operation('create', 40), swept(-10), provider({ capabilities: scalekit.capabilities })],
      plan: { kind: 'sweep', after: seconds(READ_LAG - 40) },
    },
    {
      name: 'new, and the object of this name before went when it had just begun something',
      reason: 'a list from before reads show that says nothing of the client that it may have left (I1)',
      facts: [former(40), swept(-10)],
      plan: { kind: 'sweep', after: seconds(READ_LAG - 40) },
    },
    {
      name: 'its own create is settled, and what the object of this name before has begun is not',
      reason: 'a repeated creation collides with its own first, and not with that of another uid',
      facts: [operation('create', 40), former(38), swept(-10), lookedAt(derivedId())],
      plan: { kind: 'sweep', after: seconds(READ_LAG - 38) },
    },
    {
      name: 'new, and a list that shows what the object of this name before has left shows nothing',
      reason: 'there is none',
      facts: [former(SETTLED), swept(-10)],
      plan: { kind: 'create', clientId: derivedId(0), incarnation: 0 },
    },
    {
      name: 'a manifest copied to another namespace, K and all',
      reason: 'K of another uid is nothing of ours, but its age counts',
      facts: [operation('create', FRESH, { uid: 'uid-of-the-original' })],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'a copied manifest, settled',
      reason: 'its own derived id, with its own uid and incarnation 0',
      facts: [
        operation('create', SETTLED, { uid: 'uid-of-the-original', incarnation: 5 }),
        swept(-10),
        lookedAt(derivedId(5, 'uid-of-the-original')),
      ],
      plan: { kind: 'create', clientId: derivedId(0), incarnation: 0 },
    },
    {
      name: 'a copied manifest whose original has the same client in its list',
      reason: 'another mark is another object (I7)',
      facts: [client({ mark: makeMark(installation, 'other-ns', 'app') })],
      plan: { kind: 'create', clientId: derivedId(0) },
    },
  ],

  adoption: [
    {
      name: 'the wanted client exists, adoption Never',
      reason: 'I7',
      facts: [wants('theirs'), provider({ adoptionAllowed: true }), lookedAt('theirs', foreign)],
      plan: { kind: 'hold', reason: 'AdoptionNotAllowed', stalled: true },
    },
    {
      name: 'the provider object does not allow it',
      reason: 'its owner decides too',
      facts: [wants('theirs'), spec({ adoptionPolicy: 'Existing' }), lookedAt('theirs', foreign)],
      plan: { kind: 'hold', reason: 'AdoptionNotAllowed', stalled: false },
    },
    {
      name: 'both allow it',
      reason: 'the mark is written first',
      facts: [
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        provider({ adoptionAllowed: true }),
        lookedAt('theirs', foreign),
      ],
      plan: { kind: 'update', reason: 'Adopting' },
    },
    {
      name: 'it bears the mark of another object',
      reason: 'never taken from a living owner',
      facts: [
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        provider({ adoptionAllowed: true }),
        lookedAt('theirs', upstreamClient({ id: 'theirs', mark: makeMark('elsewhere', 'ns', 'app') })),
      ],
      plan: { kind: 'hold', reason: 'ClientConflict', stalled: true },
    },
    {
      name: 'adopted, the Secret not looked at',
      reason: 'a Secret that proves valid is kept: adoption never rotates by itself',
      facts: [client({ id: 'theirs' }), wants('theirs'), spec({ adoptionPolicy: 'Existing' })],
      plan: { kind: 'adopt-secret' },
    },
    {
      name: 'adopted, no Secret that could be kept',
      reason: 'the value is not known: one more on the same client',
      facts: [
        client({ id: 'theirs' }),
        looked,
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        given({ adoptableSecret: 'none' }),
      ],
      plan: { kind: 'mint', reason: 'Recovering', prove: false },
    },
    {
      name: 'adopted, and a start of ours was lost meanwhile',
      reason: 'taking the Secret over is fenced, and would forget that the open rotation is ours',
      facts: [
        client({ id: 'theirs' }),
        next('lost'),
        looked,
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        operation('start', SETTLED),
      ],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'imported, the Secret was never written',
      reason: 'the value exists before: nothing is minted',
      facts: [
        client({ id: 'mine' }),
        wants('mine'),
        spec({ credential: { type: 'ClientSecret', importSecretRef: { name: 'old', key: 'secret' } } }),
        operation('create', SETTLED),
      ],
      plan: { kind: 'publish-import' },
    },
    {
      name: 'imported long ago, and the Secret is lost',
      reason: 'the imported value may be retired since',
      facts: [
        quiet,
        noSecret,
        looked,
        spec({ credential: { type: 'ClientSecret', importSecretRef: { name: 'old', key: 'secret' } } }),
      ],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
  ],

  'the Secret works': [
    {
      name: 'a rotation is asked for, the client not read live',
      reason: 'start may meet an open rotation that the sweep did not show',
      facts: [quiet, requested],
      plan: { kind: 'look' },
    },
    {
      name: 'a rotation is asked for',
      reason: 'S = current, none open, due',
      facts: [quiet, requested, looked],
      plan: { kind: 'mint', reason: 'Rotating', prove: true },
    },
    {
      name: 'the request that this publication answered',
      reason: 'answered on the Secret, whatever status says',
      facts: [quiet, requested, looked, secret({ rotateRequest: 'please' })],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'a rotation is asked for while Inactive',
      reason: 'rotation pauses',
      facts: [quiet, requested, looked, spec({ state: 'Inactive' }), change({ active: false })],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'a rotation is asked for, and the client is inactive upstream',
      reason: 'a new credential could not be proven: the field first, or both wait for each other for ever',
      facts: [quiet, requested, looked, change({ active: false }), differs('state')],
      plan: { kind: 'update', fields: ['state'] },
    },
    {
      name: 'K our start, fresh, without a result',
      reason: 'it may still arrive, and its sender may still publish',
      facts: [lostStart(FRESH), looked],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'K our start, settled, not published',
      reason: 'win the Secret before the open rotation is touched',
      facts: [lostStart(SETTLED), looked],
      plan: { kind: 'give-up-operation', operation: 'op-2k' },
    },
    {
      name: 'K our start, given up on the Secret, not read live',
      reason: 'cancel acts by position',
      facts: [lostStart(SETTLED), secret({ abandonedOperation: 'op-2k' })],
      plan: { kind: 'look' },
    },
    {
      name: 'K our start, given up on the Secret',
      reason: 'nobody can publish it any more',
      facts: [lostStart(SETTLED), secret({ abandonedOperation: 'op-2k' }), looked],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'the same, and the labels of the Secret changed meanwhile',
      reason: 'writing the Secret is fenced too, and K is all that says whose the rotation is',
      facts: [lostStart(SETTLED), secret({ abandonedOperation: 'op-2k', template: 'old' }), looked],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'K a settled cancel of this suffix that did not arrive',
      reason: 'still ours',
      facts: [quiet, next('lost'), looked, operation('cancel', SETTLED, { suffix: 'lost' })],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'K a settled cancel of this suffix that was refused',
      reason: 'a 429 does not make our rotation somebody else’s',
      facts: [
        quiet,
        next('lost'),
        looked,
        operation('cancel', SETTLED, { suffix: 'lost', result: 'rejected' }),
      ],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'K a cancel of another suffix',
      reason: 'a new rotation was started in the console since',
      facts: [quiet, next('theirs'), looked, operation('cancel', SETTLED, { suffix: 'lost' })],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen', stalled: false },
    },
    ...(['promote', 'cancel'] as const).flatMap((kind): Row[] =>
      [undefined, 'rejected' as const].map((result) => ({
        name: `K a fresh ${kind}, result ${result ?? 'unknown'}`,
        reason: 'two positional calls never race',
        facts: [quiet, requested, looked, operation(kind, FRESH, { suffix: 'x', ...(result && { result }) })],
        plan: { kind: 'wait', reason: 'Settling', until: seconds(20) },
      })),
    ),
    {
      name: 'an open rotation that is not ours',
      reason: 'named, never ended; the Secret works',
      facts: [quiet, next('theirs'), looked],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen', stalled: false },
    },
    {
      name: 'an open rotation that is not ours, K our rejected start',
      reason: 'rejected says that it was not us',
      facts: [quiet, next('theirs'), looked, operation('start', SETTLED, { result: 'rejected' })],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen' },
    },
    {
      name: 'K our start, given up alive, and the open rotation is of another suffix',
      reason: 'somebody cancelled ours in the console and began another one',
      facts: [
        quiet,
        next('theirs'),
        looked,
        operation('start', SETTLED, { suffix: 'ours' }),
        secret({ abandonedOperation: 'op-2k' }),
      ],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen' },
    },
    {
      name: 'K wiped while a start was under way',
      reason: 'limit i: nobody knows any more that it was ours',
      facts: [quiet, next('lost'), looked],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen' },
    },
    {
      name: 'the wanted layout changed',
      reason: 'the same credential, written anew',
      facts: [quiet, secret({ template: 'old' })],
      plan: { kind: 'publish-stored', reason: 'Publishing' },
    },
    {
      name: 'the label was taken off',
      reason: 'without it the watch does not show it',
      facts: [quiet, secret({ labelled: false })],
      plan: { kind: 'publish-stored' },
    },
    {
      name: 'spec.secret.name changed',
      reason: 'a copy under the new name; the old one stays for the overlap',
      facts: [quiet, secretSpec({ name: 'renamed' })],
      plan: { kind: 'publish-stored', reason: 'Publishing' },
    },
    {
      name: 'the layout changed and the Secret is immutable',
      reason: 'it cannot be written',
      facts: [quiet, secret({ template: 'old', immutable: true })],
      plan: { kind: 'hold', reason: 'SecretImmutable', stalled: true },
    },
    {
      name: 'renamed, the former Secret within the overlap',
      reason: 'pods still mount it (I4)',
      facts: [
        quiet,
        secret({ publishedAt: seconds(-HOUR) }),
        given({ strays: [secretView({ name: 'former' })] }),
      ],
      plan: { kind: 'nothing', reason: 'Overlap', until: seconds(23 * HOUR + 20) },
    },
    {
      name: 'renamed, the overlap passed',
      reason: 'nobody needs the former one',
      facts: [quiet, given({ strays: [secretView({ name: 'former' })] })],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'a field differs',
      reason: 'drift is put right; the client is read live first',
      facts: [quiet, differs('scopes')],
      plan: { kind: 'look' },
    },
    {
      name: 'a field differs, read live',
      reason: 'F update',
      facts: [quiet, differs('scopes'), looked],
      plan: { kind: 'update', fields: ['scopes'] },
    },
    {
      name: 'a field differs through an overlap',
      reason: 'where the row says nothing, fields are updated',
      facts: [overlapping(HOUR), differs('scopes'), looked],
      plan: { kind: 'update' },
    },
    {
      name: 'a field differs while a foreign rotation is open',
      reason: 'hold: no upstream write',
      facts: [quiet, next('theirs'), differs('scopes'), looked],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen' },
    },
    {
      name: 'a look is asked for',
      reason: 'a person wants to see what is there now',
      facts: [quiet, annotated('reconcileRequested', 'now')],
      plan: { kind: 'look' },
    },
    {
      name: 'a look that was asked for and answered',
      reason: 'once',
      facts: [quiet, annotated('reconcileRequested', 'now'), status({ lastHandledReconcileRequest: 'now' })],
      plan: { kind: 'nothing' },
    },
    {
      name: 'a second client with our mark, gate open',
      reason: 'a duplicate: the one in the Secret is kept (I1)',
      facts: [quiet, client({ id: 'second' })],
      plan: { kind: 'remove-client', clientId: 'second', reason: 'DuplicateRemoved' },
    },
    {
      name: 'a second client with our mark that has another name since it was read',
      reason: 'somebody may have taken it for himself, and a list of names does not show that',
      facts: [quiet, byId, client({ id: 'second', hidesMark: true })],
      plan: { kind: 'look', ids: ['second'] },
    },
    {
      name: 'a second client that another cluster with our id has made for its own object',
      reason: 'it is published there: neither of the two removes what the other one has made',
      facts: [quiet, client({ id: 'second', uid: 'uid-of-another' })],
      plan: { kind: 'hold', reason: 'ManagedByAnother', stalled: true },
    },
    {
      name: '… and our object is being deleted',
      reason: 'the other cluster works with it',
      facts: [quiet, client({ id: 'second', uid: 'uid-of-another' }), deleting],
      plan: { kind: 'hold', reason: 'ManagedByAnother' },
    },
    {
      name: 'two clients of an earlier object of the name, restored with another uid',
      reason: 'both are leftovers of the same object',
      facts: [quiet, client({ id: 'second' }), object({ uid: 'uid-2' })],
      plan: { kind: 'remove-client', clientId: 'second', reason: 'DuplicateRemoved' },
    },
    {
      name: 'two clients of our names, nothing published, and the older one was made for another object',
      reason: 'its own is the one that this object goes on with',
      facts: [
        quiet,
        noSecret,
        status({ clientId: undefined }),
        client({ id: 'second', uid: 'uid-of-another', createdTime: 0 }),
      ],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'a second client, and the Secret holds that one',
      reason: 'what is in the Secret is kept, whichever is older',
      facts: [quiet, client({ id: 'second' }), secret({ clientId: 'second' })],
      plan: { kind: 'remove-client', clientId: derivedId() },
    },
    {
      name: 'a second client within the overlap',
      reason: 'consumers may still use it (I4)',
      facts: [quiet, client({ id: 'second' }), secret({ publishedAt: seconds(-HOUR) })],
      plan: { kind: 'nothing', reason: 'Overlap' },
    },
    {
      name: 'restored with another uid, all else in place',
      reason: 'same installation, namespace, name: ours; nothing is rotated',
      facts: [quiet, object({ uid: 'uid-2' })],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'restored without status',
      reason: 'S is the truth from which status is derived, before anything else is fenced',
      facts: [quiet, noStatus, differs('scopes')],
      plan: { kind: 'wait', reason: 'Publishing', until: NOW },
    },
  ],

  'shown by its name alone': [
    {
      name: 'status names the credential of the Secret',
      reason: 'nothing has changed since it was read',
      facts: [byName('curr')],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'status still names the one before it',
      reason: 'whoever wrote it knew no more, and that one would stay',
      facts: [byName('before')],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'status names the one that the Secret brought, by no id',
      reason: 'the id of what a user brings is not shown',
      facts: [byName('imported'), secret({ imported: true })],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'it was read before, and has another name since',
      reason: 'the name is put back, and what else has changed is seen',
      facts: [quiet, byId, change({ hidesMark: true })],
      plan: { kind: 'look', ids: [derivedId()] },
    },
  ],
  'the gate (S = next)': [
    {
      name: 'within the overlap',
      reason: 'the old credential is still in use (I4)',
      facts: [overlapping(HOUR), looked],
      plan: { kind: 'nothing', reason: 'Overlap', until: seconds(23 * HOUR + 20) },
    },
    {
      name: 'overlap passed since it was sent',
      reason: 'until it arrived, whoever read the Secret got the old credential (I4)',
      facts: [overlapping(day + 19), looked],
      plan: { kind: 'nothing', reason: 'Overlap', until: seconds(1) },
    },
    {
      name: 'no overlap',
      reason: 'nobody asked for one',
      facts: [overlapping(1), looked, rotation({ overlap: '0s' })],
      plan: { kind: 'promote' },
    },
    {
      name: 'overlap passed, not read live',
      reason: 'promote acts by position',
      facts: [overlapping(2 * day)],
      plan: { kind: 'look' },
    },
    {
      name: 'overlap passed',
      reason: 'published, proven, overlap over',
      facts: [overlapping(2 * day), looked],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'overlap passed, never proven',
      reason: 'one token request first',
      facts: [
        overlapping(2 * day),
        looked,
        condition({ type: 'CredentialVerified', status: 'Unknown', reason: 'Idle' }),
      ],
      plan: { kind: 'prove' },
    },
    {
      name: 'status is of an earlier publication',
      reason: 'its proof says nothing of this one: status first, then the proof',
      facts: [overlapping(2 * day), looked, status({ operation: 'op-older' })],
      plan: { kind: 'wait', reason: 'Publishing' },
    },
    {
      name: 'never proven, verification Never',
      reason: 'a person waived the proof',
      facts: [overlapping(2 * day), looked, rotation({ verification: 'Never' }), status({ conditions: [] })],
      plan: { kind: 'promote' },
    },
    {
      name: 'never proven, and no entry holds the secret',
      reason: 'there is nothing to prove with: asking for ever would keep the old one for ever',
      facts: [
        overlapping(2 * day),
        looked,
        status({ conditions: [] }),
        secret({ layout: [['client-id', 'ClientID']] }),
      ],
      plan: { kind: 'promote' },
    },
    {
      name: 'never proven, the client inactive upstream',
      reason: 'it gives no token before the field update',
      facts: [
        overlapping(2 * day),
        looked,
        status({ conditions: [] }),
        change({ active: false }),
        looked,
        differs('state'),
      ],
      plan: { kind: 'update', fields: ['state'] },
    },
    {
      name: 'status wiped',
      reason: 'it is derived from the Secret first, and so is the gate: nobody is cut off',
      facts: [overlapping(2 * day), noStatus, looked],
      plan: { kind: 'wait', reason: 'Publishing' },
    },
    {
      name: 'overlap passed while Inactive',
      reason: 'the new one cannot be proven by use',
      facts: [overlapping(2 * day), looked, spec({ state: 'Inactive' })],
      plan: { kind: 'nothing', reason: 'Inactive' },
    },
    {
      name: 'overlap passed, a later mint unresolved',
      reason: 'given up on the Secret first',
      facts: [overlapping(2 * day), looked, operation('start', SETTLED, { id: 'op-later' })],
      plan: { kind: 'give-up-operation' },
    },
    {
      name: 'overlap passed, workloads are named in spec.restart',
      reason: 'how far they are must be seen',
      facts: [overlapping(2 * day), looked, restarting],
      plan: { kind: 'look-at-consumers' },
    },
    {
      name: 'just published, workloads are named in spec.restart',
      reason: 'all that are published within ten seconds are restarted together',
      facts: [overlapping(0), looked, restarting, consumers({})],
      plan: { kind: 'nothing', reason: 'Restarting', until: seconds(10) },
    },
    {
      name: 'within the overlap, one has an older version',
      reason: 'it is restarted long before the old credential goes',
      facts: [
        overlapping(60),
        looked,
        restarting,
        consumers({ publication: { version: '2', operation: 'op-r' } }),
      ],
      plan: {
        kind: 'restart',
        publication: { version: '3', operation: 'op-1s' },
        consumers: [{ name: 'a' }],
      },
    },
    {
      name: 'within the overlap, one has this version of an object that was there before',
      reason: 'versions begin anew, and its pods have the first credential of this one (I4)',
      facts: [
        overlapping(60),
        looked,
        restarting,
        consumers({ publication: { version: '3', operation: 'op-of-another' } }),
      ],
      plan: {
        kind: 'restart',
        publication: { version: '3', operation: 'op-1s' },
        consumers: [{ name: 'a' }],
      },
    },
    {
      name: 'within the overlap, one has not rolled out',
      reason: 'it is waited for, and looked at again',
      facts: [overlapping(60), looked, restarting, consumers({ waitsFor: 'it is paused' })],
      plan: { kind: 'nothing', reason: 'RolloutPending', until: seconds(10) },
    },
    {
      name: 'overlap passed, one has not rolled out by the deadline',
      reason: 'said, and never revoked',
      facts: [overlapping(2 * day), looked, restarting, consumers({ waitsFor: 'its rollout' })],
      plan: {
        kind: 'nothing',
        reason: 'RolloutStuck',
        message: expect.stringContaining('until they have: Deployment a') as string,
      },
    },
    {
      name: 'overlap passed, one that is named does not exist',
      reason: 'whoever runs it under another name still has the old credential',
      facts: [
        overlapping(2 * day),
        looked,
        restarting,
        consumers({ uid: undefined, publication: undefined, waitsFor: 'it does not exist' }),
      ],
      plan: { kind: 'nothing', reason: 'RolloutStuck' },
    },
    {
      name: 'within the overlap, all have rolled out',
      reason: 'the overlap is waited for all the same',
      facts: [overlapping(60), looked, restarting, consumers({})],
      plan: { kind: 'nothing', reason: 'Overlap' },
    },
    {
      name: 'overlap passed, all have rolled out',
      reason: 'nobody has the old one any more',
      facts: [overlapping(2 * day), looked, restarting, consumers({})],
      plan: { kind: 'promote' },
    },
    {
      name: 'the client was made anew, and workloads hold the credential of the former one',
      reason: 'a repair restarts them too: what they hold is dead',
      facts: [
        quiet,
        looked,
        restarting,
        secret({ renewed: true, publishedAt: seconds(-60) }),
        consumers({ publication: { version: '2', operation: 'op-r' } }),
      ],
      plan: { kind: 'restart', publication: { version: '3' }, optional: true },
    },
    {
      name: '… long ago',
      reason: 'after the deadline a dead credential is not looked for any more',
      facts: [
        quiet,
        looked,
        restarting,
        secret({ renewed: true, publishedAt: seconds(-3_600) }),
        consumers({ publication: { version: '2', operation: 'op-r' } }),
      ],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: '… and this version only brought another key to the Secret',
      reason: 'the credential is the same, so nobody is restarted',
      facts: [
        quiet,
        looked,
        restarting,
        secret({ publishedAt: seconds(-60) }),
        consumers({ publication: { version: '2', operation: 'op-r' } }),
      ],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'revoked, and not restarted yet',
      reason: 'the restart comes first, and is not waited for',
      facts: [
        overlapping(0),
        looked,
        restarting,
        annotated('revokePrevious', '3'),
        consumers({ publication: { version: '2', operation: 'op-r' } }),
      ],
      plan: { kind: 'restart' },
    },
    {
      name: 'revoked, and rolling out',
      reason: 'a person has said so',
      facts: [
        overlapping(0),
        looked,
        restarting,
        annotated('revokePrevious', '3'),
        consumers({ waitsFor: 'its rollout' }),
      ],
      plan: { kind: 'promote' },
    },
    {
      name: 'the cap of retireWhenUnused is longer than the overlap',
      reason: 'use is waited for until the cap',
      facts: [overlapping(2 * day), looked, rotation({ retireWhenUnused: { cap: '168h' } })],
      plan: { kind: 'nothing', reason: 'Overlap', until: seconds(5 * day + 20) },
    },
    ...(
      [
        ['never', 'promote', 'nobody has used it since it was made'],
        [seconds(-3 * day), 'promote', 'nobody has used it since the new one was published'],
        [seconds(-HOUR), 'nothing', 'somebody holds it still'],
      ] as const
    ).map(
      ([lastUsedTime, kind, reason]): Row => ({
        name: `retireWhenUnused, and the old credential was last used ${lastUsedTime === 'never' ? 'never' : `${(NOW - lastUsedTime) / HOUR / 1_000} h ago`}`,
        reason,
        facts: [
          overlapping(2 * day),
          change({
            credentials: [
              { id: 'curr', suffix: 'curr', position: 'current', lastUsedTime },
              { id: 'next', suffix: 'next', position: 'next' },
            ],
          }),
          looked,
          rotation({ retireWhenUnused: { cap: '168h' } }),
        ],
        plan: { kind },
      }),
    ),
    {
      name: 'revoke-previous names the present version',
      reason: 'the one exception to I4: it stands for overlap, rollout and use',
      facts: [overlapping(HOUR), looked, annotated('revokePrevious', '3')],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'somebody with our installation id has taken the client over',
      reason: 'to go on would end what the other one has published',
      facts: [overlapping(48 * HOUR), looked, provider({ takenOver: [derivedId()] })],
      plan: { kind: 'hold', reason: 'ManagedByAnother', stalled: true },
    },
    {
      name: '… and a person who has put that right asks for a look',
      reason: 'the mark is written again, and the rotation goes on',
      facts: [
        overlapping(48 * HOUR),
        looked,
        provider({ takenOver: [derivedId()] }),
        annotated('reconcileRequested', 'x'),
      ],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'the old one never was in a Secret',
      reason: 'its secret was lost with the answer to the creation: nobody can hold it',
      facts: [overlapping(0), looked, secret({ first: true })],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'the old one never was in a Secret, and the new one was never proven',
      reason: 'it goes as soon as the new one is proven, and not before',
      facts: [overlapping(0), looked, secret({ first: true }), status({ conditions: [] })],
      plan: { kind: 'prove' },
    },
    {
      name: 'the old one never was in a Secret, with workloads to restart',
      reason: 'they read the first Secret that there is',
      facts: [overlapping(0), looked, restarting, secret({ first: true })],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'revoke-previous names the present version, never proven',
      reason: 'it does not stand for the proof',
      facts: [overlapping(HOUR), looked, annotated('revokePrevious', '3'), status({ conditions: [] })],
      plan: { kind: 'prove' },
    },
    {
      name: 'revoke-previous names another version',
      reason: 'ignored: it was for an earlier one',
      facts: [overlapping(HOUR), looked, annotated('revokePrevious', '2')],
      plan: { kind: 'nothing', reason: 'Overlap' },
    },
    {
      name: 'promoted just now',
      reason: 'wait settle before anything positional',
      facts: [
        quiet,
        change({ credentials: [{ id: 'next', suffix: 'next', position: 'current' }] }),
        secret({ credentialId: 'next' }),
        operation('promote', FRESH, { suffix: 'next' }),
      ],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'a longer clock: published in the future',
      reason: 'a clock that jumped back makes the overlap longer, never shorter',
      facts: [overlapping(-HOUR), looked],
      plan: { kind: 'nothing', reason: 'Overlap' },
    },
  ],

  'the Secret does not work': [
    {
      name: 'deleted, not read live',
      reason: 'the sweep may be an hour old',
      facts: [quiet, noSecret],
      plan: { kind: 'look' },
    },
    {
      name: 'deleted',
      reason: 'one more on the same client; the unknown value cannot be proven beforehand',
      facts: [quiet, noSecret, looked],
      plan: { kind: 'mint', reason: 'Recovering', prove: false },
    },
    {
      name: 'edited',
      reason: 'the value cannot be read again',
      facts: [quiet, secret({ integrity: 'edited' }), looked],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'the credential is gone upstream',
      reason: 'somebody rotated in the console',
      facts: [quiet, secret({ credentialId: 'gone' }), looked],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'of another client',
      reason: 'a Secret restored from before',
      facts: [quiet, secret({ clientId: 'former' }), looked],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'the integrity key is another one, upstream vouches',
      reason: 'unknown is not edited: re-annotated without a person (I11)',
      facts: [quiet, secret({ integrity: 'unknown' })],
      plan: { kind: 'sign-again' },
    },
    {
      name: 'the integrity key is another one, upstream does not know the credential',
      reason: 'nobody vouches',
      facts: [quiet, secret({ integrity: 'unknown', credentialId: 'gone' }), looked],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'deleted after a start that nobody published',
      reason: 'our lost start',
      facts: [lostStart(SETTLED), noSecret, looked],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'deleted, our start fresh',
      reason: 'its sender may be about to publish',
      facts: [lostStart(FRESH), noSecret, looked],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'deleted within the overlap of the published next',
      reason: 'consumers use both: neither may go',
      facts: [overlapping(HOUR), noSecret, looked],
      plan: { kind: 'hold', reason: 'OverlapWithoutSecret', stalled: false, until: seconds(23 * HOUR + 21) },
    },
    {
      name: 'deleted within a shorter overlap',
      reason: 'a shorter overlap ends the hold',
      facts: [overlapping(HOUR), noSecret, looked, rotation({ overlap: '10m' })],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'deleted within the overlap, revoke-previous',
      reason: 'it ends the hold',
      facts: [overlapping(HOUR), noSecret, looked, annotated('revokePrevious', '3')],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'deleted after the overlap of the published next',
      reason: 'what consumers use becomes current, then a new one is made',
      facts: [overlapping(2 * day), noSecret, looked],
      plan: { kind: 'promote', suffix: 'next' },
    },
    {
      name: 'edited within the overlap of the published next',
      reason: 'as deleted',
      facts: [overlapping(HOUR), secret({ integrity: 'edited' }), looked],
      plan: { kind: 'hold', reason: 'OverlapWithoutSecret' },
    },
    {
      name: 'deleted, a foreign rotation open',
      reason: 'a second one cannot be started, and theirs is not ours to end',
      facts: [quiet, noSecret, next('theirs'), looked],
      plan: { kind: 'hold', reason: 'ForeignRotationOpen', stalled: true },
    },
    {
      name: 'deleted, K a settled refused cancel of the open suffix',
      reason: 'still ours',
      facts: [
        quiet,
        noSecret,
        next('lost'),
        looked,
        operation('cancel', SETTLED, { suffix: 'lost', result: 'rejected' }),
      ],
      plan: { kind: 'cancel', suffix: 'lost' },
    },
    {
      name: 'deleted, K a fresh promote',
      reason: 'positional calls never race',
      facts: [quiet, noSecret, looked, operation('promote', FRESH, { suffix: 'curr' })],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'created without an answer, and found',
      reason: 'the client is there and its secret lost: start on the same client',
      facts: [client(), looked, operation('create', SETTLED)],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'restored with another uid, without Secret and status',
      reason: 'found by its mark, not created twice (I1)',
      facts: [client({ uid: 'uid-0' }), looked, object({ uid: 'uid-2' })],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'a field differs too',
      reason: 'a lost secret goes first',
      facts: [quiet, noSecret, looked, differs('scopes')],
      plan: { kind: 'mint' },
    },
  ],

  'what a client is beyond its policy': [
    {
      name: 'a client that is to be taken over has a scope that the policy does not allow',
      reason: 'what the spec leaves out it keeps, so it is not taken over',
      facts: [
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        provider({ adoptionAllowed: true }),
        lookedAt('theirs', foreign),
        beyond(false),
      ],
      plan: { kind: 'hold', reason: 'PolicyDenied', stalled: false },
    },
    {
      name: 'the spec names the list',
      reason: 'the update that takes it over puts it right',
      facts: [
        wants('theirs'),
        spec({ adoptionPolicy: 'Existing' }),
        provider({ adoptionAllowed: true }),
        lookedAt('theirs', foreign),
        beyond(true),
      ],
      plan: { kind: 'update', reason: 'Adopting' },
    },
    {
      name: 'the policy was narrowed, and the object is at rest',
      reason: 'it is not well any more, though its Secret works',
      facts: [quiet, looked, beyond(false)],
      plan: { kind: 'hold', reason: 'PolicyDenied' },
    },
    {
      name: 'a rotation is asked for',
      reason: 'no new credential for more than the policy allows',
      facts: [quiet, requested, looked, beyond(false)],
      plan: { kind: 'hold', reason: 'PolicyDenied' },
    },
    {
      name: 'a rotation is asked for, and the spec names the list',
      reason: 'the fields first',
      facts: [quiet, requested, looked, beyond(true), differs('scopes')],
      plan: { kind: 'update', reason: 'Updating' },
    },
    {
      name: 'its Secret is lost',
      reason: 'nothing is published for it',
      facts: [quiet, looked, secret({ credentialId: 'gone' }), beyond(false)],
      plan: { kind: 'hold', reason: 'PolicyDenied' },
    },
    {
      name: 'it is being deleted',
      reason: 'an end is always allowed',
      facts: [quiet, looked, deleting, beyond(false)],
      plan: { kind: 'remove-client' },
    },
  ],

  'mass guard': [
    {
      name: 'the client is gone with many others',
      reason: 'an empty list recreates nothing (I11)',
      facts: [quiet, noClient, lookedAt(derivedId()), held],
      plan: { kind: 'hold', reason: 'MassChange', stalled: false },
    },
    {
      name: 'the Secret does not work, as many others',
      reason: 'a lost key rotates nothing (I11)',
      facts: [quiet, secret({ credentialId: 'gone' }), looked, held],
      plan: { kind: 'hold', reason: 'MassChange' },
    },
    {
      name: 'a rotation is asked for while the account is held',
      reason: 'an emergency of one is no mass change: the object has lost nothing',
      facts: [quiet, requested, looked, held],
      plan: { kind: 'mint', reason: 'Rotating' },
    },
    {
      name: 'a rotation is asked for of a lost credential while the account is held',
      reason: 'what is lost is lost with the others',
      facts: [quiet, requested, secret({ credentialId: 'gone' }), looked, held],
      plan: { kind: 'hold', reason: 'MassChange' },
    },
    {
      name: 'a planned rotation while the account is held',
      reason: 'I11',
      facts: [quiet, rotation({ interval: '1h' }), secret({ rotatedAt: seconds(-day) }), looked, held],
      plan: { kind: 'hold', reason: 'MassChange' },
    },
    {
      name: 'a new object while the account is held',
      reason: 'only what was known is guarded',
      facts: [held],
      plan: { kind: 'create' },
    },
    {
      name: 'a quiet object while the account is held',
      reason: 'nothing is wrong with it',
      facts: [quiet, held],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'another key, upstream vouches, while the account is held',
      reason: 're-annotated without a person',
      facts: [quiet, secret({ integrity: 'unknown' }), held],
      plan: { kind: 'sign-again' },
    },
    {
      name: 'a deletion while the account is held',
      reason: 'a person asked for exactly this one',
      facts: [quiet, looked, deleting, held],
      plan: { kind: 'remove-client' },
    },
  ],

  CredentialsOnly: [
    {
      name: 'the client was not read yet',
      reason: 'it bears no mark, so no list tells of it',
      facts: [borrowing, noClient],
      plan: { kind: 'look', ids: ['theirs'] },
    },
    {
      name: 'it was not read yet, and a promote may still arrive',
      reason: 'each pass begins so: to wait would say of a Secret that works that it is not Ready',
      facts: [borrowing, noClient, operation('promote', FRESH)],
      plan: { kind: 'look', ids: ['theirs'] },
    },
    {
      name: 'there is no such client',
      reason: 'none is made; its owner may still make it',
      facts: [borrowing, noClient, lookedAt('theirs')],
      plan: { kind: 'hold', reason: 'ClientNotFound', stalled: false },
    },
    {
      name: 'the client is managed by another MachineClient',
      reason: 'two operators would rotate it',
      facts: [
        borrowing,
        noClient,
        lookedAt('theirs', upstreamClient({ id: 'theirs', mark: makeMark('inst', 'ns', 'other') })),
      ],
      plan: {
        kind: 'hold',
        reason: 'ClientConflict',
        message: 'the client theirs belongs to MachineClient other',
      },
    },
    {
      name: 'it is there',
      reason: 'a credential is issued on it, and no mark is written',
      facts: [borrowing, borrowedClient(), looked],
      plan: { kind: 'mint', reason: 'Recovering' },
    },
    {
      name: 'it is more than the policy allows',
      reason: 'nothing is issued on it',
      facts: [borrowing, borrowedClient(), looked, beyond(false)],
      plan: { kind: 'hold', reason: 'PolicyDenied' },
    },
    {
      name: 'the Secret works',
      reason: 'nothing is due',
      facts: [borrowed],
      plan: { kind: 'nothing', reason: 'Ready' },
    },
    {
      name: 'a rotation is asked for',
      reason: 'credentials are rotated as ever',
      facts: [borrowed, looked, requested],
      plan: { kind: 'mint', reason: 'Rotating' },
    },
    {
      name: 'deleted',
      reason: 'what is there is read before anything is revoked',
      facts: [borrowed, deleting],
      plan: { kind: 'look', ids: ['theirs'] },
    },
    {
      name: 'deleted, and its credential is the open one',
      reason: 'it is revoked',
      facts: [borrowed, next('mine'), looked, secret({ clientId: 'theirs', credentialId: 'mine' }), deleting],
      plan: { kind: 'cancel', suffix: 'mine', reason: 'Deleting' },
    },
    {
      name: 'deleted, and somebody else has a rotation open',
      reason: 'that one is not touched, and the client has none but the current one',
      facts: [borrowed, next('of-others'), looked, deleting],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'deleted, and several credentials are ours',
      reason: 'each goes, the published one last',
      facts: [borrowed, byId, credentials('foreign', 'old', 'curr'), looked, deleting],
      plan: { kind: 'retire', credentialId: 'old', reason: 'Deleting' },
    },
    {
      name: 'deleted, and only the published one is left of ours',
      reason: 'it is revoked, and what is not ours stays',
      facts: [borrowed, byId, credentials('foreign', 'curr'), looked, deleting],
      plan: { kind: 'retire', credentialId: 'curr', reason: 'Deleting' },
    },
    {
      name: 'deleted, and nothing of ours is left',
      reason: 'the client stays',
      facts: [borrowed, byId, credentials('foreign'), looked, deleting],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'deleted, and the last credential cannot be deleted',
      reason: 'the provider keeps it',
      facts: [borrowed, byId, credentials('curr'), looked, deleting],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'deleted, and the client is gone',
      reason: 'its credentials went with it',
      facts: [borrowed, noClient, lookedAt('theirs'), deleting],
      plan: { kind: 'remove-secret' },
    },
  ],
  Observe: [
    {
      name: 'the client is as the spec says',
      reason: 'said aloud',
      facts: [quiet, spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'nothing', reason: 'Observed' },
    },
    {
      name: 'fields differ',
      reason: 'field names, never values',
      facts: [quiet, differs('scopes', 'mark'), spec({ managementPolicy: 'Observe' })],
      plan: {
        kind: 'nothing',
        reason: 'WouldChange',
        message: 'these fields would be changed at the provider: scopes',
      },
    },
    {
      name: 'the wanted client is nobody’s',
      reason: 'read by its id',
      facts: [wants('theirs'), spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'look', ids: ['theirs'] },
    },
    {
      name: 'the wanted client is nobody’s, read',
      reason: 'observed without a mark',
      facts: [wants('theirs'), lookedAt('theirs', foreign), spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'nothing', reason: 'Observed' },
    },
    {
      name: 'no such client',
      reason: 'none is made',
      facts: [wants('theirs'), lookedAt('theirs'), spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'hold', reason: 'ClientNotFound' },
    },
    {
      name: 'the Secret is lost',
      reason: 'nothing is written',
      facts: [quiet, noSecret, looked, spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'nothing', reason: 'Observed' },
    },
    {
      name: 'deleted',
      reason: 'whatever was made before stays',
      facts: [quiet, deleting, spec({ managementPolicy: 'Observe' })],
      plan: { kind: 'finish', orphan: undefined },
    },
  ],

  'backing off': [
    {
      name: 'refused for now',
      reason: 'not before nextRetryTime',
      facts: [quiet, looked, differs('scopes'), retryIn(60)],
      plan: { kind: 'hold', until: seconds(60), stalled: false },
    },
    {
      name: 'refused for now, the reason of the refusal',
      reason: 'status keeps saying why',
      facts: [
        quiet,
        looked,
        differs('scopes'),
        retryIn(60),
        condition({ type: 'ClientSynced', status: 'False', reason: 'PermissionDenied', message: 'no' }),
      ],
      plan: { kind: 'hold', reason: 'PermissionDenied', message: 'no' },
    },
    {
      name: 'refused for now, and a person took the refusal out of status',
      reason: 'a hold never goes without a word',
      facts: [quiet, looked, differs('scopes'), retryIn(60), status({ conditions: [] })],
      plan: { kind: 'hold', reason: 'RejectedByProvider', message: reasons.RejectedByProvider.text },
    },
    {
      name: 'refused for now, the time has come',
      reason: 'it is tried again',
      facts: [quiet, looked, differs('scopes'), retryIn(0)],
      plan: { kind: 'update' },
    },
    {
      name: 'refused for now, the spec changed',
      reason: 'a spec change clears it',
      facts: [quiet, looked, differs('scopes'), retryIn(60), object({ generation: 2 })],
      plan: { kind: 'update' },
    },
    {
      name: 'refused for now, a person asks',
      reason: 'a request clears it, once',
      facts: [quiet, looked, differs('scopes'), retryIn(60), annotated('reconcileRequested', 'now')],
      plan: { kind: 'update' },
    },
    {
      name: 'a requested rotation was refused',
      reason: 'the operation says that this request was tried: it waits as any other',
      facts: [
        quiet,
        looked,
        requested,
        operation('start', SETTLED, { request: 'please', result: 'rejected' }),
        retryIn(60),
      ],
      plan: { kind: 'hold', until: seconds(60) },
    },
    {
      name: 'a new request after a refused rotation',
      reason: 'a person asks again: it is tried at once',
      facts: [
        quiet,
        looked,
        requested,
        operation('start', SETTLED, { request: 'before', result: 'rejected' }),
        retryIn(60),
      ],
      plan: { kind: 'mint' },
    },
    {
      name: 'a refused rotation waits, and a field differs',
      reason: 'the fields do not wait with it',
      facts: [
        quiet,
        looked,
        requested,
        operation('start', SETTLED, { request: 'please', result: 'rejected' }),
        retryIn(60),
        differs('scopes'),
      ],
      plan: { kind: 'update' },
    },
    {
      name: 'refused for good',
      reason: 'the spec itself is wrong: not before it changes',
      facts: [
        quiet,
        looked,
        differs('scopes'),
        condition({ type: 'Stalled', status: 'True', reason: 'RejectedByProvider', message: 'bad scope' }),
      ],
      plan: { kind: 'hold', stalled: true, reason: 'RejectedByProvider', message: 'bad scope' },
    },
    {
      name: 'refused for good, and the Secret is lost',
      reason: 'wrong fields do not stand between a lost secret and a new one',
      facts: [
        quiet,
        noSecret,
        looked,
        condition({ type: 'Stalled', status: 'True', reason: 'RejectedByProvider' }),
      ],
      plan: { kind: 'mint' },
    },
    {
      name: 'refused for now, and the Secret’s labels changed',
      reason: 'what asks nothing of the provider goes on',
      facts: [quiet, secret({ template: 'old' }), retryIn(60)],
      plan: { kind: 'publish-stored' },
    },
    {
      name: 'a deletion that was refused',
      reason: 'it says what it waits for (I10)',
      facts: [quiet, looked, deleting, retryIn(60)],
      plan: { kind: 'hold', until: seconds(60) },
    },
  ],

  deletion: [
    {
      name: 'without our finalizer',
      reason: 'nothing of it waits for us',
      facts: [quiet, deleting, object({ finalizers: ['somebody.else/x'] })],
      plan: { kind: 'nothing', reason: 'Deleting' },
    },
    {
      name: 'a client upstream',
      reason: 'upstream first',
      facts: [quiet, deleting],
      plan: { kind: 'remove-client', clientId: derivedId() },
    },
    {
      name: 'suspended',
      reason: 'suspend stops everything but deletion',
      facts: [quiet, deleting, spec({ suspend: true })],
      plan: { kind: 'remove-client' },
    },
    {
      name: 'an invalid spec',
      reason: 'deletion needs only what could be salvaged (I10)',
      facts: [quiet, deleting, object({ invalid: 'spec: invalid_type' })],
      plan: { kind: 'remove-client' },
    },
    {
      name: 'the client has another name since it was read',
      reason: 'somebody may have taken it for himself, and a list of names does not show that',
      facts: [quiet, byId, deleting, change({ hidesMark: true })],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'two clients upstream',
      reason: 'one after the other',
      facts: [quiet, deleting, noClient, client({ id: 'second' })],
      plan: { kind: 'remove-client', clientId: 'second' },
    },
    {
      name: 'Retain, not read live',
      reason: 'what is gone cannot be released: a stale list would be asked for ever',
      facts: [quiet, deleting, spec({ deletionPolicy: 'Retain' })],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'Retain',
      reason: 'the mark is rewritten before the finalizer goes',
      facts: [quiet, deleting, looked, spec({ deletionPolicy: 'Retain' })],
      plan: { kind: 'release-client' },
    },
    {
      name: 'K a fresh mint, published',
      reason: 'whatever its result: a client may still appear',
      facts: [overlapping(FRESH), deleting],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'K a fresh mint, rejected',
      reason: 'its sender may still sleep before it publishes',
      facts: [deleting, operation('create', FRESH, { result: 'rejected' })],
      plan: { kind: 'wait', reason: 'Settling' },
    },
    {
      name: 'the recorded ids not looked at',
      reason: '"none" counts only when it was looked at',
      facts: [quiet, noClient, deleting],
      plan: { kind: 'look', ids: [derivedId()] },
    },
    {
      name: 'K an unresolved create, swept before it settled',
      reason: '"none" from an older sweep is no answer',
      facts: [deleting, operation('create', SETTLED), swept(-110), lookedAt(derivedId())],
      plan: { kind: 'sweep', after: seconds(READ_LAG - SETTLED) },
    },
    {
      name: 'a client that was made moments ago is not shown',
      reason: 'it would be left behind',
      facts: [justMade, deleting],
      plan: { kind: 'wait', reason: 'NotShownYet', until: seconds(6) },
    },
    {
      name: 'a client that was published moments ago is not shown, and somebody has removed K',
      reason: 'it would be left behind',
      facts: [justMade, unknownToK, deleting],
      plan: { kind: 'wait', reason: 'NotShownYet', until: seconds(6) },
    },
    {
      name: 'of a borrowed client, a rotation that was published moments ago is not shown, and somebody has removed K',
      reason: 'it would live on',
      facts: [borrowed, unknownToK, looked, deleting],
      plan: { kind: 'wait', reason: 'NotShownYet' },
    },
    {
      name: 'a client that was removed moments ago is not shown',
      reason: 'it is gone because we have removed it',
      facts: [justMade, operation('delete', FRESH), deleting],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'nothing begun, swept before what the object of this name before has begun would show',
      reason: 'what that one has left goes with this one',
      facts: [noClient, noSecret, noStatus, deleting, former(40), swept(-10)],
      plan: { kind: 'sweep', after: seconds(READ_LAG - 40) },
    },
    {
      name: 'K an unresolved create, and a list of names hides whose the clients are that were made during it',
      reason: 'one of them may be ours, and would be left behind',
      facts: [noClient, noSecret, deleting, byId, operation('create', SETTLED), swept(-10), nameless('sc_1')],
      plan: { kind: 'look', ids: ['sc_1'] },
    },
    {
      name: 'K an unresolved create that arrived late',
      reason: 'found by the sweep, removed',
      facts: [deleting, operation('create', SETTLED), swept(-10), client()],
      plan: { kind: 'remove-client', clientId: derivedId() },
    },
    {
      name: 'the client is gone, the Secret is there',
      reason: 'upstream first, then the Secret',
      facts: [quiet, noClient, deleting, lookedAt(derivedId())],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'the client is gone, a former Secret is there',
      reason: 'every Secret of ours',
      facts: [
        quiet,
        noClient,
        noSecret,
        deleting,
        lookedAt(derivedId()),
        given({ strays: [secretView({ name: 'former' })] }),
      ],
      plan: { kind: 'remove-secret', secret: secretView({ name: 'former' }) },
    },
    {
      name: 'nothing is left',
      reason: 'the finalizer goes last',
      facts: [quiet, noClient, noSecret, deleting, lookedAt(derivedId())],
      plan: { kind: 'finish', orphan: undefined },
    },
    {
      name: 'no provider',
      reason: 'it says what it waits for (I10)',
      facts: [quiet, deleting, providerGone],
      plan: { kind: 'hold', reason: 'DeletionBlocked', stalled: false },
    },
    {
      name: 'many are deleted at once, and what they stand for needs no provider to be removed',
      reason: 'secrets that end by themselves wait for a person, too, whatever the provider does',
      facts: [
        quiet,
        noClient,
        secret({ clientId: '' }),
        deleting,
        providerGone,
        (before) => ({ ...before, provider: { ...before.provider, deletionHeld: 'many' } }),
      ],
      plan: { kind: 'hold', reason: 'MassDeletion', message: 'many' },
    },
    {
      name: 'the provider is withdrawn, and its lists show nothing of ours',
      reason: 'it may ask for nothing, and nothing of it is there',
      facts: [quiet, noSecret, deleting, operation('create', SETTLED), withdrawn(-10)],
      plan: { kind: 'finish', orphan: undefined },
    },
    {
      name: 'the provider is withdrawn, its lists are older than a lost creation',
      reason: 'it may have come since',
      facts: [noSecret, deleting, operation('create', SETTLED), withdrawn(-110)],
      plan: { kind: 'hold', reason: 'DeletionBlocked' },
    },
    {
      name: 'the provider is withdrawn, its lists are older than the Secret, and somebody has removed K',
      reason: 'the client of the Secret may have come since',
      facts: [quiet, unknownToK, deleting, withdrawn(-110)],
      plan: { kind: 'hold', reason: 'DeletionBlocked' },
    },
    {
      name: 'no provider, abandon-upstream',
      reason: 'the Secret first',
      facts: [quiet, deleting, providerGone, annotated('abandonUpstream', 'true')],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'no provider, abandon-upstream, no Secret',
      reason: 'the client that is left is recorded',
      facts: [quiet, noSecret, deleting, providerGone, annotated('abandonUpstream', 'true')],
      plan: { kind: 'finish', orphan: derivedId() },
    },
    {
      name: 'the definition of MachineClient was not looked at',
      reason: 'nobody knows whether this object alone is meant',
      facts: [quiet, deleting, given({ definition: undefined })],
      plan: { kind: 'look-at-definition' },
    },
    {
      name: 'the definition goes',
      reason: 'its objects go with it, and nobody asked for the end of their clients',
      facts: [quiet, deleting, given({ definition: 'goes' })],
      plan: { kind: 'let-go', orphan: derivedId(), reason: 'DefinitionDeleted' },
    },
    {
      name: 'the definition goes, no provider, Retain',
      reason: 'neither is asked: the mark stays, by which the object finds its client again',
      facts: [
        quiet,
        deleting,
        providerGone,
        spec({ deletionPolicy: 'Retain' }),
        given({ definition: 'goes' }),
      ],
      plan: { kind: 'let-go' },
    },
    {
      name: 'the definition goes, a rotation was just promoted',
      reason: 'the object that comes back knows nothing of what is on its way',
      facts: [quiet, deleting, operation('promote', FRESH), given({ definition: 'goes' })],
      plan: { kind: 'wait', reason: 'Settling', until: seconds(20) },
    },
    {
      name: 'the definition goes, nothing was ever made',
      reason: 'nothing is left to be named',
      facts: [deleting, given({ definition: 'goes' })],
      plan: { kind: 'let-go', orphan: undefined },
    },
    {
      name: 'the definition goes, abandon-upstream',
      reason: 'a person has named this object',
      facts: [quiet, deleting, annotated('abandonUpstream', 'true'), given({ definition: 'goes' })],
      plan: { kind: 'remove-secret' },
    },
    {
      name: 'no provider, nothing recorded',
      reason: 'an object that never got that far is not held back',
      facts: [deleting, providerGone],
      plan: { kind: 'finish', orphan: undefined },
    },
    {
      name: 'K wiped after a lost create, the client in the list',
      reason: 'our finalizer says that a fence was written once',
      facts: [deleting, client()],
      plan: { kind: 'remove-client', clientId: derivedId() },
    },
    {
      name: 'K wiped, no sweep yet',
      reason: 'the list is the only one who knows',
      facts: [deleting, swept(undefined)],
      plan: { kind: 'sweep', after: 0 },
    },
    {
      name: 'a client with the mark of another object',
      reason: 'what is not marked ours is not ours (I7)',
      facts: [deleting, client({ mark: makeMark(installation, 'ns', 'other') })],
      plan: { kind: 'finish' },
    },
  ],
};

test('facts are data: written down and read again they lead to the same plan, by the same rows', () => {
  for (const { facts: modifiers } of Object.values(tables).flat()) {
    const known = facts(...modifiers);
    const plan = decide(known);
    const rows = trailOf(plan);
    const again = decide(parseFacts(JSON.stringify(plainFacts(known))));
    // What only the provider knows of a client, and what a user has brought, is not written down.
    const named = (one: Plan): unknown => [one.kind, 'reason' in one ? one.reason : undefined];
    expect(named(again)).toEqual(named(plan));
    expect(trailOf(again)).toEqual(rows);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).not.toContain('');
    expect(trailOf(decide(known))).toEqual(rows);
  }
});

for (const [title, rows] of Object.entries(tables))
  describe(title, () => {
    test.each(rows)('$name: $reason', ({ facts: modifiers, plan }) => {
      expect(decide(facts(...modifiers))).toMatchObject(plan);
    });
  });

// ---- properties ----------------------------------------------------------------------------------------------------

const pick = (...modifiers: readonly Modifier[]): fc.Arbitrary<Modifier> =>
  fc.constantFrom(((before) => before) as Modifier, ...modifiers);

const anyFacts: fc.Arbitrary<Facts> = fc
  .tuple(
    fc.constantFrom(
      quiet,
      overlapping(HOUR),
      overlapping(2 * day),
      lostStart(SETTLED),
      ((f) => f) as Modifier,
    ),
    pick(
      noSecret,
      secret({ integrity: 'edited' }),
      secret({ integrity: 'unknown' }),
      secret({ credentialId: 'gone' }),
      secret({ template: 'old' }),
    ),
    pick(secret({ abandonedOperation: 'op-2k' }), secret({ credentialId: 'next' })),
    pick(noClient, change({ active: false }), client({ id: 'second' }), change({ mark: undefined })),
    pick(next('theirs')),
    fc
      .tuple(
        fc.constantFrom(...operationKinds),
        fc.constantFrom(FRESH, SETTLED),
        fc.constantFrom('op-2k', 'op-1s'),
        fc.constantFrom('next', 'lost', undefined),
        fc.constantFrom('rejected' as const, undefined),
      )
      .map(([kind, age, id, suffix, result]) =>
        operation(kind, age, { id, ...(suffix && { suffix }), ...(result && { result }) }),
      ),
    pick(given({ operation: undefined })),
    pick(looked, lookedAt(derivedId())),
    pick(noStatus, status({ conditions: [] })),
    pick(requested, annotated('revokePrevious', '3'), annotated('reconcileRequested', 'now')),
    pick(
      spec({ suspend: true }),
      spec({ managementPolicy: 'Observe' }),
      also(borrowing, borrowedClient()),
      also(borrowing, borrowedClient(), secret({ clientId: 'theirs' }), looked),
      also(borrowing, noClient),
      spec({ state: 'Inactive' }),
      spec({ deletionPolicy: 'Retain' }),
      providerGone,
    ),
    pick(held, differs('scopes')),
    pick(deleting, retryIn(60), swept(undefined), swept(-110)),
  )
  .map((modifiers) => {
    // Modifiers of the provider do not apply once it is gone.
    const gone = modifiers.includes(providerGone);
    const all = facts(...modifiers.filter((modifier) => modifier !== providerGone));
    return gone ? providerGone(all) : all;
  });

const upstreamWrites = ['create', 'mint', 'promote', 'cancel', 'update', 'remove-client', 'release-client'];
const replaces = ['create', 'mint', 'promote', 'cancel'];

const isFreshMint = ({ operation: k, secret: s, object: { status: said } }: Facts): boolean =>
  k !== undefined &&
  ['create', 'mint', 'start', 'issue'].includes(k.kind) &&
  k.result === undefined &&
  NOW < k.until &&
  (s ? s.operation !== k.id && s.abandonedOperation !== k.id : said.operation !== k.id);

test('whatever is observed: one plan, always the same, and no write that the rules forbid', () => {
  fc.assert(
    fc.property(anyFacts, (observed) => {
      const plan = decide(observed);
      expect(decide(observed)).toEqual(plan);
      const { provider: seen, object: at, secret: s } = observed;
      if (!upstreamWrites.includes(plan.kind)) return;
      expect(at.deleting || !at.spec.suspend).toBe(true);
      // Of a client of somebody else only the credentials are touched.
      const allowed =
        at.spec.managementPolicy === 'CredentialsOnly' ? ['mint', 'promote', 'cancel'] : upstreamWrites;
      expect(at.spec.managementPolicy).not.toBe('Observe');
      expect(allowed).toContain(plan.kind);
      expect(isFreshMint(observed)).toBe(false);
      if (seen.state !== 'ready') throw new Error('an upstream write without a provider');
      if (replaces.includes(plan.kind) && (s || at.status.clientId) && !at.deleting)
        expect(
          seen.held === undefined ||
            at.annotations[annotations.rotateRequested] !== undefined ||
            at.annotations[annotations.revokePrevious] !== undefined,
        ).toBe(true);
      if (
        plan.kind === 'promote' ||
        plan.kind === 'cancel' ||
        plan.kind === 'mint' ||
        plan.kind === 'update'
      ) {
        const live = seen.upstream.looked.get(plan.client.id);
        expect(live).toBeDefined();
        if (plan.kind === 'promote' || plan.kind === 'cancel')
          expect(live?.credentials.find(({ position }) => position === 'next')?.id).toBe(plan.suffix);
      }
      // I4: a cancel never meets what the Secret holds; a promote only makes it current.
      const works =
        s?.integrity === 'ok' &&
        'client' in plan &&
        s.clientId === plan.client.id &&
        plan.client.credentials.some(({ id }) => id === s.credentialId);
      const revokes = at.deleting && at.spec.managementPolicy === 'CredentialsOnly';
      if (plan.kind === 'cancel' && works && !revokes) expect(s.credentialId).not.toBe(plan.suffix);
      if (plan.kind === 'promote' && works) expect(s.credentialId).toBe(plan.suffix);
      // I7
      if (plan.kind === 'remove-client')
        expect(seen.upstream.clients.find(({ id }) => id === plan.clientId)?.mark?.full).toBe(
          observed.mark.full,
        );
    }),
    { numRuns: 5_000 },
  );
});

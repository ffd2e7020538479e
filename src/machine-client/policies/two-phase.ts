import { annotations } from '../../api/group.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import { chosenClientId } from '../../providers/mark.ts';
import { isFresh, isPositional, isUnresolved } from '../operation.ts';
import type { Plan, Policy } from '../plan.ts';
import { wantedLayout } from '../layout.ts';
import type { Layout, SecretView } from '../secret-view.ts';
import { rotationDue } from '../rotation/due.ts';
import { gate, overlapEnds } from './gate.ts';
import {
  isKnown,
  mainClient,
  marked,
  notYetLooked,
  presentIncarnation,
  recordedIds,
  type ReadyFacts,
} from './locate.ts';

/**
 * The table of the two-phase providers (Stytch): one secret is current, at most one is next, and both are valid.
 *
 *            start                    promote
 *   current ───────► current + next ───────────► current (the former next)
 *                          │ cancel
 *                          └────────► current (unchanged)
 *
 * Promote and cancel act by position, so before each of them the client is read live and the suffix compared.
 */
interface Situation {
  readonly facts: ReadyFacts;
  readonly client: UpstreamClient;
  readonly current: string | undefined;
  readonly next: string | undefined;
}

type Row = (situation: Situation) => Plan | undefined;

const suffixAt = (client: UpstreamClient, position: 'current' | 'next'): string | undefined =>
  client.credentials.find((credential) => credential.position === position)?.id;

/** The Secret is what we wrote, and upstream accepts its credential. */
export const secretWorks = (secret: SecretView | undefined, client: UpstreamClient): secret is SecretView =>
  secret !== undefined &&
  secret.integrity === 'ok' &&
  secret.clientId === client.id &&
  client.credentials.some((credential) => credential.id === secret.credentialId);

/** Any positional write needs what the provider shows at this moment, not what a sweep showed. */
const live = ({ facts, client }: Situation, then: Plan): Plan =>
  facts.provider.upstream.looked.has(client.id) ? then : { kind: 'look', ids: [client.id] };

/** The open rotation was begun by us, and its secret is lost. */
const openIsOurs = ({ facts, next }: Situation): boolean => {
  const { operation, secret } = facts;
  if (!operation) return false;
  // Whatever became of it: a cancel that was refused said all the same that this suffix is ours.
  if (operation.kind === 'cancel') return operation.suffix === next;
  return (
    operation.kind === 'start' &&
    operation.result === undefined &&
    secret?.operation !== operation.id &&
    facts.object.status.operation !== operation.id
  );
};

const mint = (situation: Situation, reason: 'Rotating' | 'Recovering', message: string): Plan =>
  live(situation, { kind: 'mint', client: situation.client, prove: reason === 'Rotating', reason, message });

const cancel = (situation: Situation, suffix: string): Plan =>
  live(situation, {
    kind: 'cancel',
    client: situation.client,
    suffix,
    reason: 'Recovering',
    message: 'an open rotation of ours is cancelled: its secret was lost',
  });

// ---- no client -----------------------------------------------------------------------------------------------------

const adoption = (facts: ReadyFacts): Plan | undefined => {
  const { spec } = facts.object;
  // Also one that we recorded and that has lost its mark: it exists, so it is neither created again nor ours.
  const wanted = recordedIds(facts)
    .map((id) => facts.provider.upstream.looked.get(id))
    .find((client) => client !== undefined);
  if (!wanted) return undefined;
  if (wanted.mark)
    return {
      kind: 'hold',
      reason: 'ClientConflict',
      stalled: true,
      message: `the client ${wanted.id} belongs to ${wanted.mark.full}`,
    };
  if (spec.adoptionPolicy !== 'Existing' || !facts.provider.adoptionAllowed)
    return {
      kind: 'hold',
      reason: 'AdoptionNotAllowed',
      stalled: spec.adoptionPolicy !== 'Existing',
      message: `the client ${wanted.id} exists and is not ours; to take it over, set spec.adoptionPolicy: Existing here and clientPolicy.adoption: Allow on the provider`,
    };
  return {
    kind: 'update',
    client: wanted,
    fields: ['mark'],
    reason: 'Adopting',
    message: `the client ${wanted.id} is taken over`,
  };
};

const noClient: Policy<ReadyFacts> = (facts) => {
  if (mainClient(facts)) return undefined;
  const { operation, secret, object, provider, mark } = facts;
  const { sweptAt } = provider.upstream;
  // A list shows all at once what single looks would ask for one by one.
  if (sweptAt === undefined) return { kind: 'sweep', after: 0 };
  const unknownIds = notYetLooked(facts, recordedIds(facts));
  if (unknownIds.length > 0) return { kind: 'look', ids: unknownIds };
  const taken = adoption(facts);
  if (taken) return taken;
  const after = isUnresolved(operation, secret, object.status.operation) ? operation.until : 0;
  if (sweptAt < after) return { kind: 'sweep', after };
  const lost = isKnown(facts);
  // One more only when a client that we recorded is gone: a repeated creation must collide with its first try.
  const derivedIsGone =
    lost &&
    chosenClientId(mark, object.uid, presentIncarnation(facts)) ===
      (secret?.clientId ?? object.status.clientId);
  const incarnation = presentIncarnation(facts) + (derivedIsGone ? 1 : 0);
  return {
    kind: 'create',
    clientId:
      object.spec.clientId ??
      (provider.capabilities.choosesClientId ? chosenClientId(mark, object.uid, incarnation) : undefined),
    incarnation,
    reason: 'Creating',
    message: lost ? 'the client is gone at the provider and is created again' : 'the client is created',
  };
};

// ---- the Secret works ----------------------------------------------------------------------------------------------

const giveUpOperation: Row = ({ facts }) => {
  const { operation, secret, object } = facts;
  return isUnresolved(operation, secret, object.status.operation)
    ? {
        kind: 'give-up-operation',
        operation: operation.id,
        reason: 'Settling',
        message:
          'an operation died before it published; it is given up on the Secret, so that it cannot publish any more',
      }
    : undefined;
};

/** Status from the Secret before anything else is fenced: it is what says, should the Secret go, what was published. */
const statusFirst: Row = ({ facts: { secret, object, now } }) =>
  secret && object.status.operation !== secret.operation
    ? { kind: 'wait', reason: 'Publishing', message: 'status is derived from the Secret', until: now }
    : undefined;

const positionalInFlight: Row = ({ facts: { operation, now } }) =>
  isPositional(operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `a ${operation.kind} may still arrive at the provider`,
        until: operation.until,
      }
    : undefined;

const lostRotation: Row = (situation) =>
  situation.next !== undefined &&
  situation.facts.secret?.credentialId === situation.current &&
  openIsOurs(situation)
    ? cancel(situation, situation.next)
    : undefined;

const foreignRotation: Row = ({ facts, current, next }) =>
  next !== undefined && facts.secret?.credentialId === current
    ? {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: false,
        message: `somebody else has a rotation open on the client (next secret ****${next}); the Secret works, rotation waits until it is ended`,
      }
    : undefined;

/** It gives no token until the field update has made it active again. */
const unprovable: Plan = {
  kind: 'nothing',
  reason: 'Inactive',
  message: 'the client is inactive at the provider, so its credential cannot be proven',
};

const retire: Row = (situation) => {
  const { facts, client, next } = situation;
  if (next === undefined || facts.secret?.credentialId !== next) return undefined;
  const state = gate(facts, facts.secret);
  if (state.open === false)
    return { kind: 'nothing', reason: state.reason, message: state.message, until: state.until };
  if (state.open === 'needs-proof')
    return client.active
      ? {
          kind: 'prove',
          client,
          reason: 'Verifying',
          message: 'the published credential is proven before the old one is retired',
        }
      : unprovable;
  return live(situation, {
    kind: 'promote',
    client,
    suffix: next,
    reason: 'Retiring',
    message: 'the overlap has passed; the old credential is retired',
  });
};

const due: Row = (situation) => {
  const { facts, client } = situation;
  // An inactive client gives no token, so nothing new could be proven; the field update comes first.
  if (!facts.secret || facts.object.spec.state === 'Inactive' || !client.active) return undefined;
  const cause = rotationDue(facts.object, facts.secret);
  return cause === undefined ? undefined : mint(situation, 'Rotating', cause);
};

const duplicate: Row = ({ facts, client }) => {
  const other = marked(facts).find((candidate) => candidate.id !== client.id);
  if (!other || !facts.secret) return undefined;
  const state = gate(facts, facts.secret);
  if (state.open === false)
    return { kind: 'nothing', reason: state.reason, message: state.message, until: state.until };
  if (state.open === 'needs-proof')
    return client.active
      ? {
          kind: 'prove',
          client,
          reason: 'Verifying',
          message: 'the published credential is proven before a duplicate is removed',
        }
      : unprovable;
  return {
    kind: 'remove-client',
    clientId: other.id,
    reason: 'DuplicateRemoved',
    message: `a second client with our mark (${other.id}) is removed`,
  };
};

/** Another name, keys, labels or token URL: the same credential, written anew. */
const layout: Row = (situation) => {
  const { facts, client, next } = situation;
  const { secret, object, provider } = facts;
  if (!secret) return undefined;
  const name = object.spec.secret.name ?? object.name;
  if (secret.name === name && secret.labelled && secret.template === provider.template(client.id))
    return undefined;
  if (secret.immutable && secret.name === name)
    return {
      kind: 'hold',
      reason: 'SecretImmutable',
      stalled: true,
      message: `the Secret ${name} is immutable and cannot be changed; delete it, or choose another spec.secret.name`,
    };
  const holdsSecret = ({ 1: field }: Layout[number]): boolean => field === 'ClientSecret';
  if (wantedLayout(object.spec).some(holdsSecret) && !secret.layout.some(holdsSecret))
    // The value was never stored, for no entry asked for it: only a new one can be. An open rotation ends first.
    return next === undefined
      ? mint(situation, 'Rotating', 'spec.secret asks for a value that was never stored; a new one is made')
      : undefined;
  return {
    kind: 'publish-stored',
    from: secret,
    reason: 'Publishing',
    message:
      secret.name === name
        ? 'the Secret is written anew as the spec now wants it'
        : `the Secret is copied to ${name}`,
  };
};

/** After a rename the old Secret stays for as long as an old credential would. */
const formerSecret: Row = ({ facts }) => {
  const [stray] = facts.strays;
  if (!stray || !facts.secret) return undefined;
  const ends = overlapEnds(facts, facts.secret.publishedAt);
  return facts.now < ends
    ? {
        kind: 'nothing',
        reason: 'Overlap',
        message: `the former Secret ${stray.name} is kept for the overlap`,
        until: ends,
      }
    : {
        kind: 'remove-secret',
        secret: stray,
        reason: 'Retiring',
        message: `the former Secret ${stray.name} is removed`,
      };
};

// ---- the Secret does not work --------------------------------------------------------------------------------------

const signAgain: Row = ({ facts: { secret }, client }) =>
  secret?.integrity === 'unknown' &&
  secret.clientId === client.id &&
  client.credentials.some((credential) => credential.id === secret.credentialId)
    ? {
        kind: 'sign-again',
        client,
        reason: 'IntegrityUnknown',
        message: 'the integrity key is another one; the provider vouches for the credential',
      }
    : undefined;

const adoptSecret: Row = (situation) => {
  const { facts, client } = situation;
  const { spec } = facts.object;
  if (facts.secret || spec.adoptionPolicy !== 'Existing' || spec.clientId !== client.id) return undefined;
  // Taking over is fenced, and K is what says that the open rotation is ours.
  if (situation.next !== undefined && openIsOurs(situation)) return undefined;
  if (facts.adoptableSecret === 'unknown')
    return {
      kind: 'adopt-secret',
      client,
      reason: 'Adopting',
      message: 'the existing Secret is taken over if it proves valid',
    };
  return undefined;
};

/** The value exists before: nothing has to be minted to recover it. */
const importAgain: Row = ({ facts, client, current, next }) =>
  !facts.secret &&
  !facts.importRefuted &&
  facts.object.spec.stytch?.importSecretRef &&
  current !== undefined &&
  next === undefined &&
  facts.object.status.operation === undefined
    ? { kind: 'publish-import', client, reason: 'Publishing', message: 'the imported secret is published' }
    : undefined;

const publishedBefore: Row = (situation) => {
  const { facts, client, next } = situation;
  const { object, now } = facts;
  const published = object.status.credentials?.find((credential) => credential.state === 'Current')?.id;
  if (next === undefined || next !== published) return undefined;
  const since = Date.parse(object.status.lastRotationTime ?? '') || 0;
  const ends = overlapEnds(facts, since);
  const revoked = object.annotations[annotations.revokePrevious] === String(object.status.secretVersion);
  return now < ends && !revoked
    ? {
        kind: 'hold',
        reason: 'OverlapWithoutSecret',
        stalled: false,
        until: ends,
        message: `the Secret is gone or was changed while its credential ****${next} was still within the overlap; a new one can be made when the overlap ends, or at once with ${annotations.revokePrevious}: "${object.status.secretVersion}"`,
      }
    : live(situation, {
        kind: 'promote',
        client,
        suffix: next,
        reason: 'Retiring',
        message: 'the overlap has passed; the published credential becomes the current one',
      });
};

const lostOpen: Row = (situation) =>
  situation.next !== undefined && openIsOurs(situation) ? cancel(situation, situation.next) : undefined;

const foreignOpen: Row = ({ next }) =>
  next === undefined
    ? undefined
    : {
        kind: 'hold',
        reason: 'ForeignRotationOpen',
        stalled: true,
        message: `the Secret does not work, and a rotation that is not ours is open on the client (next secret ****${next}); end or cancel it at the provider`,
      };

const recover: Row = (situation) =>
  mint(
    situation,
    'Recovering',
    situation.facts.secret
      ? 'the Secret does not hold a credential that the provider accepts; a new one is made'
      : 'the secret of the client is not known; a new one is made',
  );

const working: readonly Row[] = [
  statusFirst, //         status ≠ Secret
  giveUpOperation, //     win the Secret before anything of a dead operation is touched
  positionalInFlight, //  a promote or cancel of ours may still arrive
  lostRotation, //        our start, whose secret is lost: before anything else is fenced, for K says that it is ours
  layout, //              the same credential, written as the spec now wants it
  foreignRotation, //     somebody else's start
  retire, //              the old credential, through the gate
  due, //                 a new credential
  duplicate, //           a second client with our mark
  formerSecret, //        the Secret under its former name
];
const broken: readonly Row[] = [
  positionalInFlight, //  a promote or cancel of ours may still arrive
  signAgain, //           only the integrity key is another one
  adoptSecret, //         the Secret that came with an adopted client
  importAgain, //         the value to import is at hand
  publishedBefore, //     the open rotation is what consumers use
  lostOpen, //            our start, whose secret is lost
  foreignOpen, //         somebody else's start
  recover, //             one more credential on the same client
];

/** K a fresh mint, and nobody knows how it ended. */
const mintInFlight: Policy<ReadyFacts> = ({ operation, now, secret, object }) =>
  isUnresolved(operation, secret, object.status.operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `the result of a ${operation.kind} is not known; it is looked for when it can no longer arrive`,
        until: operation.until,
      }
    : undefined;

const withClient: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  if (!client) return undefined;
  const situation: Situation = {
    facts,
    client,
    current: suffixAt(client, 'current'),
    next: suffixAt(client, 'next'),
  };
  for (const row of secretWorks(facts.secret, client) ? working : broken) {
    const plan = row(situation);
    if (plan) return plan;
  }
  return undefined;
};

export const twoPhase: readonly Policy<ReadyFacts>[] = [mintInFlight, noClient, withClient];

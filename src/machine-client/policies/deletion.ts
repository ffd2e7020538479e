import { annotations, finalizers } from '../../api/group.ts';
import { reasons } from '../../api/reasons.ts';
import { chosenClientId } from '../../providers/mark.ts';
import type { Facts } from '../facts.ts';
import { isFresh, isMint, isUnresolved } from '../operation.ts';
import type { Plan, Policy } from '../plan.ts';
import { clockOf } from '../settling.ts';
import {
  issuedNotShownYet,
  listedAfter,
  named,
  notShownYet,
  positionalInFlight,
  publishedLately,
  publishedSince,
} from './common/in-flight.ts';
import { takenOverByAnother } from './guards.ts';
import { styleIn } from './styles.ts';
import {
  isBorrowed,
  isUnread,
  lookAtNameless,
  marked,
  notYetLooked,
  recordedIds,
  type ReadyFacts,
  whenReady,
} from './locate.ts';

const deleting = (message: string) => ({ reason: 'Deleting', message }) as const;

/** Without our finalizer nothing of this object waits for us: it is on its way out. */
const notOurs: Policy<Facts> = ({ object }) =>
  object.finalizers.includes(finalizers.upstream)
    ? undefined
    : { kind: 'nothing', ...deleting('there is nothing of ours to clean up') };

const finish = (facts: Facts, orphan: string | undefined): Plan => {
  const secret = [facts.secret, ...facts.strays].find((candidate) => candidate !== undefined);
  return secret
    ? { kind: 'remove-secret', secret, ...deleting('the Secret is removed') }
    : { kind: 'finish', orphan, ...deleting('nothing is left') };
};

/** Observe changes nothing: whatever was made before stays. */
const observed: Policy<Facts> = ({ object }) =>
  object.spec.managementPolicy === 'Observe'
    ? {
        kind: 'finish',
        orphan: undefined,
        ...deleting('managementPolicy is Observe: everything is left as it is'),
      }
    : undefined;

/** Whatever its result: its sender may still sleep before it publishes, and a client may still appear. */
const mintInFlight: Policy<Facts> = ({ operation, now }) =>
  isMint(operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `${named(operation.kind)} may still arrive at the provider${clockOf(operation)}`,
        until: operation.until,
      }
    : undefined;

/** Of a creation whose result nobody knows: the id under which it would be found. */
const mayExist = ({ operation, object, mark }: Facts): string | undefined =>
  operation?.kind === 'create' && operation.result === undefined
    ? (object.spec.clientId ?? chosenClientId(mark, operation.uid, operation.incarnation))
    : undefined;

const abandoned: Policy<Facts> = (facts) =>
  facts.object.annotations[annotations.abandonUpstream] === 'true'
    ? finish(facts, facts.object.status.clientId || facts.secret?.clientId || mayExist(facts))
    : undefined;

/** The object is deleted by itself or together with its definition, and only the first says that its client is to go. */
const definitionLooked: Policy<Facts> = ({ definition }) =>
  definition === undefined ? { kind: 'look-at-definition' } : undefined;

/**
 * With the definition all objects go, whether or not anybody thought of what they stand for. What is under way comes to
 * its end first: the object that comes back knows nothing of it.
 */
const definitionGoes: Policy<Facts> = (facts) => {
  const { definition, operation, now, object, secret } = facts;
  if (definition !== 'goes') return undefined;
  return operation && isFresh(operation, now) && operation.result === undefined
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `${named(operation.kind)} may still arrive at the provider; the object is let go after it`,
        until: operation.until,
      }
    : {
        kind: 'let-go',
        orphan: object.status.clientId || secret?.clientId || mayExist(facts),
        reason: 'DefinitionDeleted',
        message: reasons.DefinitionDeleted.text,
      };
};

/** `massDeletionPolicy: Hold`: what is marked together is counted before the first of it goes. */
const massDeletion: Policy<Facts> = ({ provider: { deletionHeld, deletionQuietUntil = 0 }, now }) => {
  if (deletionHeld !== undefined)
    return { kind: 'hold', stalled: false, reason: 'MassDeletion', message: deletionHeld };
  return now < deletionQuietUntil
    ? {
        kind: 'wait',
        ...deleting('it is removed when no others are marked with it'),
        until: deletionQuietUntil,
      }
    : undefined;
};

/** What needs no provider to be removed is held all the same while that cannot be asked. */
const heldMeanwhile: Policy<Facts> = (facts) =>
  facts.provider.state !== 'ready' && facts.secret ? massDeletion(facts) : undefined;

/**
 * Nothing is recorded, or only secrets that end by themselves. The finalizer is there, so K may have been wiped: a
 * provider that is ready is looked at.
 */
const nothingUpstream: Policy<Facts> = (facts) => {
  const { operation, secret, object, provider } = facts;
  const issued = operation?.kind === 'issue' || secret?.clientId === '';
  return provider.state !== 'ready' &&
    (operation === undefined || issued) &&
    (secret === undefined || issued) &&
    object.status.clientId === undefined
    ? finish(facts, undefined)
    : undefined;
};

/**
 * It may not use the provider any more, or never could. What bears its mark is removed all the same; where the lists
 * show nothing of that kind, nothing is asked for it. A borrowed client has no mark: of what was issued on it no list tells.
 */
const noneThere: Policy<Facts> = (facts) => {
  const { provider, operation, secret, object } = facts;
  if (provider.state === 'ready' || provider.noneSince === undefined || isBorrowed(facts)) return undefined;
  // What was just made may not be listed yet; what K has removed is gone.
  const made = Math.max(isMint(operation) ? operation.at : 0, publishedSince(facts) ?? 0);
  const after = isUnresolved(operation, secret, object.status.operation) ? operation.until : made;
  return provider.noneSince > after ? finish(facts, undefined) : undefined;
};

const providerUsable: Policy<Facts> = ({ provider }) =>
  provider.state === 'ready'
    ? undefined
    : {
        kind: 'hold',
        reason: 'DeletionBlocked',
        stalled: false,
        message: `the client at the provider cannot be removed: ${provider.message}; bring the provider back, or let go of the client with the annotation ${annotations.abandonUpstream}: "true"`,
      };

const removeUpstream: Policy<ReadyFacts> = (facts) => {
  const client = marked(facts)[0];
  if (!client) return undefined;
  const { operation, now } = facts;
  // A short mark alone is no proof that it is ours, and nor is what was read before somebody changed its name.
  if (isUnread(client)) return { kind: 'look', ids: [client.id] };
  const retain = facts.object.spec.deletionPolicy === 'Retain';
  // What is on its way would meet a client that is nobody's: delete it, or give it our mark again.
  if (retain && isFresh(operation, now) && operation.result === undefined)
    return {
      kind: 'wait',
      reason: 'Settling',
      message: `${named(operation.kind)} may still arrive at the provider; the client is let go after it`,
      until: operation.until,
    };
  // Only a client that is still there can be released; a deletion of what is gone succeeds.
  if (retain && notYetLooked(facts, [client.id]).length > 0) return { kind: 'look', ids: [client.id] };
  const settles = retain ? styleIn(facts)?.settles(facts, client) : undefined;
  if (settles) return settles;
  return retain
    ? { kind: 'release-client', client, ...deleting('the client is let go (deletionPolicy: Retain)') }
    : { kind: 'remove-client', clientId: client.id, ...deleting('the client is removed') };
};

/** `CredentialsOnly`: what the operator has issued is revoked, and nothing else of the client is touched. */
const revokeIssued: Policy<ReadyFacts> = (facts) => {
  const { clientId } = facts.object.spec;
  if (!isBorrowed(facts) || clientId === undefined) return undefined;
  const inFlight = positionalInFlight(facts);
  if (inFlight) return inFlight;
  if (notYetLooked(facts, [clientId]).length > 0) return { kind: 'look', ids: [clientId] };
  const client = facts.provider.upstream.looked.get(clientId);
  return client && styleIn(facts)?.revokes(facts, client);
};

/** "None" counts only when it was looked at: under every recorded id, and after a lost creation in a sweep since. */
const makeSure: Policy<ReadyFacts> = (facts) => {
  const { provider, operation, secret, object } = facts;
  const unknownToK = publishedLately(facts) !== undefined;
  // It was read in this very pass, and reads may not show yet what was issued on it last.
  if (isBorrowed(facts)) return isMint(operation) || unknownToK ? issuedNotShownYet(facts) : undefined;
  const ids = notYetLooked(facts, recordedIds(facts));
  if (ids.length > 0) return { kind: 'look', ids };
  const after = listedAfter(facts);
  const { sweptAt } = provider.upstream;
  if (provider.capabilities.canList && (sweptAt === undefined || sweptAt < after))
    return { kind: 'sweep', after };
  const nameless = lookAtNameless(facts);
  if (nameless) return nameless;
  // What we have removed ourselves is gone, whatever reads show.
  const made = isMint(operation) && !isUnresolved(operation, secret, object.status.operation);
  return made || unknownToK ? notShownYet(facts) : undefined;
};

const leave: Policy<Facts> = (facts) => finish(facts, undefined);

/** Upstream first, then the Secret, then the finalizer. */
export const deletion: readonly Policy<Facts>[] = [
  notOurs, //            somebody else's finalizers are not our business
  observed, //           Observe never changes anything
  mintInFlight, //       a client may still appear
  abandoned, //          a person lets go of the client
  definitionLooked, //   whether anybody meant this object
  definitionGoes, //     nobody did: everything stays but the finalizer
  heldMeanwhile, //      many at once wait for a person also while the provider is down
  nothingUpstream, //    nothing is known to have been made, and nobody can be asked
  noneThere, //          it may ask for nothing, and nothing of it is there
  providerUsable, //     without the provider it has to wait
  whenReady(takenOverByAnother), // what another cluster works with is not removed
  massDeletion, //       many at once wait for a person, where that is asked for
  whenReady(revokeIssued), //    of a client of somebody else only what was issued on it
  whenReady(removeUpstream), // the clients, one after the other
  whenReady(makeSure), // none is left anywhere
  leave, //              the Secrets, then the finalizer
];

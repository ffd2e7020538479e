import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import { isUnresolved } from '../../operation.ts';
import type { Plan } from '../../plan.ts';
import { positionalInFlight } from '../common/in-flight.ts';
import { live, type Row, secretWorks, type Situation } from '../common/situation.ts';
import { isUnread, type ReadyFacts } from '../locate.ts';
import { foreignOnes, formerOf, oldOnes } from './ownership.ts';

/** The facts, and whose the credentials of the client are that the Secret does not hold. */
export interface Additive extends Situation {
  readonly old: readonly UpstreamCredential[];
  readonly foreign: readonly UpstreamCredential[];
}

export type AdditiveRow = Row<Additive>;

export const additiveOf = (facts: ReadyFacts, client: UpstreamClient): Additive => {
  const { credentialLimit: most = Number.POSITIVE_INFINITY } = facts.provider.capabilities;
  const old = oldOnes(facts, client);
  return {
    facts,
    client,
    old,
    former: formerOf(facts, client),
    foreign: foreignOnes(facts, client),
    // Of one that was lost nobody can tell for sure that it was never published: the gate asks for their restart.
    retiring: old.length > 0,
    canMint: client.credentials.length < most,
  };
};

/** The set of credentials that another one was taken out of may still arrive. */
export const setInFlight: AdditiveRow = ({ facts }) => positionalInFlight(facts);

/** A list showed a name alone: enough for an object at rest if it is the one that we gave, and for nothing else. */
export const readWhole: AdditiveRow = ({ facts, client }) => {
  if (!isUnread(client)) return undefined;
  const { secret, object, operation } = facts;
  const { status } = object;
  const atRest =
    client.hidesMark !== true &&
    secretWorks(secret, client) &&
    status.operation === secret.operation &&
    !isUnresolved(operation, secret, status.operation) &&
    // A status that still says what was published before was written by who knew no more of the client than this list.
    status.credentials?.every(
      ({ id, state }) =>
        state === 'Foreign' || (state === 'Current' && (secret.imported || id === secret.credentialId)),
    );
  return atRest ? undefined : { kind: 'look', ids: [client.id] };
};

/**
 * The next fence replaces K, and with it what says that a lost mint is ours: so status says it first. Dead before that,
 * K is still there. What carries its operation says it itself.
 */
export const nameFirst: AdditiveRow = ({ facts: { object, now }, old }) => {
  const named = new Set(object.status.credentials?.map(({ id }) => id));
  return old.every(({ id, issuedBy }) => issuedBy !== undefined || named.has(id))
    ? undefined
    : {
        kind: 'wait',
        reason: 'Settling',
        message: 'credentials of ours that nobody holds are named in status first',
        until: now,
      };
};

export const retire = (
  situation: Additive,
  { id }: UpstreamCredential,
  reason: 'Retiring' | 'Recovering',
  message: string,
): Plan => live(situation, { kind: 'retire', client: situation.client, credentialId: id, reason, message });

/** Foreign ones are never deleted to make room. */
export const limitReached = (situation: Additive): Plan =>
  live(situation, {
    kind: 'hold',
    reason: 'CredentialLimitReached',
    stalled: true,
    message: `the client has ${situation.client.credentials.length} credentials, as many as the provider allows, and these are not ours: ${situation.foreign.map(({ id }) => id).join(', ')}; delete one of them at the provider`,
  });

import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import type { Facts } from '../../facts.ts';
import { isMint } from '../../operation.ts';

/** What comes with a client, or right after it, was made by whoever made the client. */
const WITH_ITS_CLIENT_SETTLES = 2;

type Told = Pick<Facts, 'object' | 'operation' | 'timing' | 'secret' | 'mark' | 'provider'>;

/** Each credential says whose it is, and which operation issued it. */
const areMarked = ({ provider }: Told): boolean =>
  provider.state === 'ready' && provider.capabilities.marksCredentials;

/** The provider's clock and ours need not agree. */
const within = ({ settleMs }: Facts['timing'], time: number, from: number, to: number): boolean =>
  time >= from - settleMs && time <= to;

/** What K made is what the Secret holds, or held last. */
export const isPublished = ({ secret, object, operation }: Told): boolean =>
  (secret?.operation ?? object.status.operation) === operation?.id;

/** K is a mint that may have made a credential which nobody has, and this one came of it, or was made during it. */
export const isOfLastMint = (facts: Told, { createdTime, issuedBy }: UpstreamCredential): boolean => {
  const { operation, timing } = facts;
  return (
    isMint(operation) &&
    operation.result === undefined &&
    !isPublished(facts) &&
    (areMarked(facts)
      ? issuedBy?.operation === operation.id
      : createdTime !== undefined &&
        createdTime > (operation.newest ?? 0) &&
        within(timing, createdTime, operation.at, operation.until))
  );
};

/**
 * Whose a credential is that the Secret does not hold. Where it carries a mark, that says it, whenever it was made and
 * whatever is written down. Where credentials bear none, it is told by what was written down and by when they were made:
 *
 *   named in status             as it says there: it was ours, or somebody else's, when it was first seen
 *   made during K               ours: the last mint, whose answer was lost; not where its credential is published, nor
 *                               what the client had when it was read for that mint
 *   made together with a client of ours that was not taken over   ours
 *   anything else               somebody else's: named, and never touched
 */
export const isOurs = (facts: Told, client: UpstreamClient, credential: UpstreamCredential): boolean => {
  const { object, timing, mark } = facts;
  const { id, createdTime, issuedBy } = credential;
  if (areMarked(facts)) return issuedBy !== undefined && [mark.full, mark.short].includes(issuedBy.mark);
  const listed = object.status.credentials?.find((one) => one.id === id);
  if (listed) return listed.state !== 'Foreign';
  if (createdTime === undefined) return false;
  if (isOfLastMint(facts, credential)) return true;
  // With a wanted id, where the provider chooses ids, the client was there before us.
  return (
    object.spec.clientId === undefined &&
    client.createdTime !== undefined &&
    within(
      timing,
      createdTime,
      client.createdTime,
      client.createdTime + WITH_ITS_CLIENT_SETTLES * timing.settleMs,
    )
  );
};

/** Ours that no Secret holds as it was written, the oldest first: they wait for the gate. */
export const oldOnes = (facts: Facts, client: UpstreamClient): readonly UpstreamCredential[] =>
  client.credentials.filter((credential) =>
    credential.id === facts.secret?.credentialId
      ? facts.secret.integrity === 'edited'
      : isOurs(facts, client, credential),
  );

export const foreignOnes = (facts: Facts, client: UpstreamClient): readonly UpstreamCredential[] =>
  client.credentials.filter(
    (credential) => credential.id !== facts.secret?.credentialId && !isOurs(facts, client, credential),
  );

/** Where they are by id, somebody else's do not concern us. */
export const formerOf = (facts: Facts, client: UpstreamClient): readonly UpstreamCredential[] =>
  client.credentials.filter(
    (credential) => credential.id !== facts.secret?.credentialId && isOurs(facts, client, credential),
  );

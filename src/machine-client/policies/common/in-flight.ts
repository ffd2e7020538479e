import type { Facts } from '../../facts.ts';
import type { Operation, OperationKind } from '../../../api/operation.ts';
import { isFresh, isPositional, isUnresolved, isYoung } from '../../operation.ts';
import type { Plan, Policy } from '../../plan.ts';
import { requestNamed } from '../../requests.ts';
import { clockOf } from '../../settling.ts';
import type { ReadyFacts } from '../locate.ts';
import { scaled } from '../../timing.ts';

/** For a sentence. */
export const named = (kind: OperationKind): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

/** K a fresh mint, and nobody knows how it ended. */
export const mintInFlight: Policy<Facts> = ({ operation, now, secret, object, answered, unanswered }) =>
  isUnresolved(operation, secret, object.status.operation) &&
  isFresh(operation, now) &&
  operation.id !== answered
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `the result of ${named(operation.kind)} is not known; it is looked for when it can no longer arrive${clockOf(operation)}${requestNamed(unanswered)}`,
        until: operation.until,
      }
    : undefined;

/**
 * Of a provider that writes credentials as one set. That one was removed is known of no result but a refusal, and a set that
 * arrives late puts back what it was made from: a key that was added since is gone.
 */
const writesSet = ({ operation, provider }: Pick<Facts, 'operation' | 'provider'>): boolean =>
  provider.state === 'ready' &&
  provider.capabilities.writesKeySet &&
  operation?.kind === 'delete' &&
  operation.result === undefined;

/** Whatever its result: it acts on whatever is there when it arrives. */
export const positionalInFlight = ({
  operation,
  now,
  provider,
}: Pick<Facts, 'operation' | 'now' | 'provider'>): Plan | undefined =>
  (isPositional(operation) || writesSet({ operation, provider })) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `${named(operation.kind)} may still arrive at the provider${clockOf(operation)}`,
        until: operation.until,
      }
    : undefined;

/** So often the provider is asked again within the time that its reads may lag. */
const ASKS = 10;

const lagOf = ({ provider, timing }: ReadyFacts): number => scaled(timing, provider.capabilities.readLagMs);

/**
 * When S was published, where K does not know of that: somebody has removed K, or put an older one back. What K would say
 * of the time stands in S alone then.
 */
export const publishedSince = ({
  operation,
  secret,
}: Pick<Facts, 'operation' | 'secret'>): number | undefined =>
  secret && (!operation || (operation.id !== secret.operation && operation.at < secret.publishedAt))
    ? secret.publishedAt
    : undefined;

/** Reads may not show yet what S, of which K does not know, was published with. */
export const publishedLately = (facts: ReadyFacts): number | undefined => {
  const at = publishedSince(facts);
  return at !== undefined && Math.abs(facts.now - at) < lagOf(facts) ? at : undefined;
};

/** When the provider was last asked for something that reads may not show yet, and what that was. */
const lastAsked = (facts: ReadyFacts): { readonly at: number; readonly what: string } | undefined => {
  const { operation, now } = facts;
  if (isYoung(operation, now, lagOf(facts)))
    return { at: operation.at, what: `which ${named(operation.kind)} was about` };
  const at = publishedLately(facts);
  return at === undefined ? undefined : { at, what: 'of which a credential was published' };
};

const hiddenYet = (
  facts: ReadyFacts,
  message: (what: string, shownAt: number) => string,
): Plan | undefined => {
  const asked = lastAsked(facts);
  if (!asked) return undefined;
  const lagMs = lagOf(facts);
  const shownAt = asked.at + lagMs;
  return {
    kind: 'wait',
    reason: 'NotShownYet',
    message: message(asked.what, shownAt),
    until: Math.min(shownAt, facts.now + lagMs / ASKS),
  };
};

/**
 * What reads do not show is not gone while it may be too young to be shown: a client made in its place would be a second
 * one, and the Secret would move to it.
 */
export const notShownYet = (facts: ReadyFacts): Plan | undefined =>
  hiddenYet(
    facts,
    (what, shownAt) =>
      `the provider does not show the client, ${what} moments ago; it is asked again, and until ${new Date(shownAt).toISOString()} no other one is made`,
  );

/** The client is shown, and what was issued on it last may not be. */
export const issuedNotShownYet = (facts: ReadyFacts): Plan | undefined =>
  hiddenYet(
    facts,
    () => 'the provider may not show yet what was issued on the client moments ago; it is asked again',
  );

const shownAfter = (facts: ReadyFacts, operation: Pick<Operation, 'at' | 'until'> | undefined): number =>
  operation ? Math.max(operation.until, operation.at + lagOf(facts)) : 0;

/** When a list must have begun at the earliest, for "none" to say that the object of this name before left none. */
export const formerListedAfter = (facts: ReadyFacts): number => shownAfter(facts, facts.former);

/** The same, and that K left none. */
export const listedAfter = (facts: ReadyFacts): number => {
  const { operation, secret, object } = facts;
  const open = isUnresolved(operation, secret, object.status.operation) ? operation : undefined;
  return Math.max(shownAfter(facts, open), formerListedAfter(facts));
};

import type { UpstreamClient } from '../../../providers/provider.ts';
import { isFresh, isPositional } from '../../operation.ts';
import type { Facts } from '../../facts.ts';
import type { Plan } from '../../plan.ts';
import type { SecretView } from '../../secret-view.ts';
import type { ReadyFacts } from '../locate.ts';

/** What the rows of the table look at: the facts, and what stands at the two positions of the client. */
export interface Situation {
  readonly facts: ReadyFacts;
  readonly client: UpstreamClient;
  readonly current: string | undefined;
  readonly next: string | undefined;
}

export type Row = (situation: Situation) => Plan | undefined;

export const suffixAt = (client: UpstreamClient, position: 'current' | 'next'): string | undefined =>
  client.credentials.find((credential) => credential.position === position)?.id;

/** The Secret is what we wrote, and upstream accepts its credential. */
export const secretWorks = (secret: SecretView | undefined, client: UpstreamClient): secret is SecretView =>
  secret !== undefined &&
  secret.integrity === 'ok' &&
  secret.clientId === client.id &&
  client.credentials.some((credential) => credential.id === secret.credentialId);

/** Any positional write needs what the provider shows at this moment, not what a sweep showed. */
export const live = ({ facts, client }: Situation, then: Plan): Plan =>
  facts.provider.upstream.looked.has(client.id) ? then : { kind: 'look', ids: [client.id] };

/** The open rotation was begun by us, and its secret is lost. */
export const openIsOurs = ({
  facts,
  next,
}: {
  readonly facts: Pick<Facts, 'operation' | 'secret' | 'object'>;
  readonly next: string | undefined;
}): boolean => {
  const { operation, secret } = facts;
  if (!operation) return false;
  // Whatever became of it: a cancel that was refused said all the same that this suffix is ours.
  if (operation.kind === 'cancel') return operation.suffix === next;
  return (
    operation.kind === 'start' &&
    operation.result === undefined &&
    // Known where it was given up alive: whoever cancelled it in the console may have begun another one.
    (operation.suffix === undefined || operation.suffix === next) &&
    secret?.operation !== operation.id &&
    facts.object.status.operation !== operation.id
  );
};

export const mint = (situation: Situation, reason: 'Rotating' | 'Recovering', message: string): Plan =>
  live(situation, { kind: 'mint', client: situation.client, prove: reason === 'Rotating', reason, message });

export const cancel = (situation: Situation, suffix: string): Plan =>
  live(situation, {
    kind: 'cancel',
    client: situation.client,
    suffix,
    reason: 'Recovering',
    message: 'an open rotation of ours is cancelled: its secret was lost',
  });

/** Whatever its result: it acts on whatever is there when it arrives. */
export const positionalInFlight = ({
  facts: { operation, now },
}: Pick<Situation, 'facts'>): Plan | undefined =>
  isPositional(operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `a ${operation.kind} may still arrive at the provider`,
        until: operation.until,
      }
    : undefined;

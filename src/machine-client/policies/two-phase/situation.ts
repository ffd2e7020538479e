import type { UpstreamClient } from '../../../providers/provider.ts';
import type { Facts } from '../../facts.ts';
import type { Plan } from '../../plan.ts';
import { positionalInFlight } from '../common/in-flight.ts';
import { live, type Row, type Situation } from '../common/situation.ts';
import type { ReadyFacts } from '../locate.ts';
import type { Style } from '../style.ts';

/** The facts, and what stands at the two positions of the client. */
export interface TwoPhase extends Situation {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

export type TwoPhaseRow = Row<TwoPhase>;

const suffixAt = (client: UpstreamClient, position: 'current' | 'next'): string | undefined =>
  client.credentials.find((credential) => credential.position === position)?.id;

/** Where they are by position there is one other. */
export const formerOf: Style['former'] = ({ secret }, { credentials }) =>
  credentials.filter(({ id }) => id !== secret?.credentialId);

export const twoPhaseOf = (facts: ReadyFacts, client: UpstreamClient): TwoPhase => {
  const next = suffixAt(client, 'next');
  return {
    facts,
    client,
    current: suffixAt(client, 'current'),
    next,
    former: formerOf(facts, client),
    retiring: next !== undefined && facts.secret?.credentialId === next,
    canMint: next === undefined,
  };
};

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

/** A promote or cancel of ours may still arrive, and acts on whatever is there then. */
export const positionInFlight: TwoPhaseRow = ({ facts }) => positionalInFlight(facts);

export const cancel = (situation: Situation, suffix: string): Plan =>
  live(situation, {
    kind: 'cancel',
    client: situation.client,
    suffix,
    reason: 'Recovering',
    message: 'an open rotation of ours is cancelled: its secret was lost',
  });

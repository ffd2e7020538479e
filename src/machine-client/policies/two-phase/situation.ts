import type { UpstreamClient } from '../../../providers/provider.ts';
import type { Facts } from '../../facts.ts';
import type { Plan } from '../../plan.ts';
import { credentialAt, otherOf } from '../common/position.ts';
import { live, type Row, type Situation } from '../common/situation.ts';
import type { ReadyFacts } from '../locate.ts';

/** The facts, and what stands at the two positions of the client. */
export interface TwoPhase extends Situation {
  readonly current: string | undefined;
  readonly next: string | undefined;
}

export type TwoPhaseRow = Row<TwoPhase>;

export const twoPhaseOf = (facts: ReadyFacts, client: UpstreamClient): TwoPhase => {
  const next = credentialAt(client, 'next')?.id;
  return {
    facts,
    client,
    current: credentialAt(client, 'current')?.id,
    next,
    former: otherOf(facts, client),
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

export const cancel = (situation: Situation, suffix: string): Plan =>
  live(situation, {
    kind: 'cancel',
    client: situation.client,
    suffix,
    reason: 'Recovering',
    message: 'an open rotation of ours is cancelled: its secret was lost',
  });

import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import type { Facts } from '../../facts.ts';
import { isUnresolved } from '../../operation.ts';
import type { Plan } from '../../plan.ts';
import { credentialAt, otherOf } from '../common/position.ts';
import { live, type Row, type Situation } from '../common/situation.ts';
import type { ReadyFacts } from '../locate.ts';

/** The facts, and what stands at the two positions of the client. */
export interface Staged extends Situation {
  readonly current: UpstreamCredential | undefined;
  /** The current one, where it has not ended by itself: after that it opens nothing, and a change may replace it. */
  readonly usable: UpstreamCredential | undefined;
  readonly rotated: UpstreamCredential | undefined;
}

export type StagedRow = Row<Staged>;

export const lives = ({ now }: Pick<Facts, 'now'>, { expiryTime }: UpstreamCredential): boolean =>
  expiryTime === undefined || now < expiryTime;

export const stagedOf = (facts: ReadyFacts, client: UpstreamClient): Staged => {
  const current = credentialAt(client, 'current');
  const rotated = credentialAt(client, 'rotated');
  return {
    facts,
    client,
    current,
    usable: current && lives(facts, current) ? current : undefined,
    rotated,
    former: otherOf(facts, client),
    retiring: rotated !== undefined,
    canMint: rotated === undefined,
  };
};

/**
 * It stands there by our stage, of which the answer was lost. Not so where that pass has known it and did not publish it: it
 * was refused, or another one has won the Secret.
 */
export const isLostStage = (
  facts: Pick<Facts, 'operation' | 'secret' | 'object'>,
  rotated: UpstreamCredential | undefined,
): boolean => mayHaveStaged(facts) && rotated?.issuedBy?.operation === facts.operation?.id;

/** Of a stage of ours the answer was lost. */
export const mayHaveStaged = ({
  operation,
  secret,
  object,
}: Pick<Facts, 'operation' | 'secret' | 'object'>): boolean =>
  operation?.kind === 'stage' &&
  isUnresolved(operation, secret, object.status.operation) &&
  operation.suffix === undefined;

/** Nothing is made: what the provider has is read and published. */
export const publishRead = (
  situation: Staged,
  { id: credentialId }: Pick<UpstreamCredential, 'id'>,
  how: { readonly prove: boolean; readonly previous?: string | undefined; readonly message: string },
): Plan =>
  live(situation, {
    kind: 'publish-read',
    client: situation.client,
    credentialId,
    previous: how.previous,
    prove: how.prove,
    reason: 'Publishing',
    message: how.message,
  });

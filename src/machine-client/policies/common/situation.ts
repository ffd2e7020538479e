import type { UpstreamClient, UpstreamCredential } from '../../../providers/provider.ts';
import type { Plan } from '../../plan.ts';
import type { SecretView } from '../../secret-view.ts';
import { isSummary, type ReadyFacts } from '../locate.ts';

/** What the rows look at that need no client. */
export interface Alone {
  readonly facts: ReadyFacts;
  /** Undefined: the provider has none. */
  readonly client: UpstreamClient | undefined;
  /** Credentials of ours beside the published one. */
  readonly former: readonly UpstreamCredential[];
  /** A credential of ours that was published before waits to be retired. */
  readonly retiring: boolean;
  /** There is room for one more credential. */
  readonly canMint: boolean;
}

/** What the rows of every style's table look at where there is a client. */
export interface Situation extends Alone {
  readonly client: UpstreamClient;
}

export type Row<S extends Alone = Situation> = (situation: S) => Plan | undefined;

/** The Secret is what we wrote, and upstream accepts its credential; where a list shows none, as far as is known. */
export const secretWorks = (secret: SecretView | undefined, client: UpstreamClient): secret is SecretView =>
  secret !== undefined &&
  secret.integrity === 'ok' &&
  secret.clientId === client.id &&
  (isSummary(client) || client.credentials.some((credential) => credential.id === secret.credentialId));

/** Such a write needs what the provider shows at this moment, not what a sweep showed. */
export const live = ({ facts, client }: Pick<Situation, 'facts' | 'client'>, then: Plan): Plan =>
  facts.provider.upstream.looked.has(client.id) ? then : { kind: 'look', ids: [client.id] };

export const mint = (situation: Alone, reason: 'Rotating' | 'Recovering', message: string): Plan => {
  const { facts, client } = situation;
  return client
    ? live({ facts, client }, { kind: 'mint', client, prove: reason === 'Rotating', reason, message })
    : { kind: 'issue', reason, message };
};

export const recover: Row = (situation) =>
  mint(
    situation,
    'Recovering',
    situation.facts.secret
      ? 'the Secret does not hold a credential that the provider accepts; a new one is made'
      : 'the secret of the client is not known; a new one is made',
  );

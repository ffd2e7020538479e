import type { UpstreamClient, UpstreamCredential } from '../../providers/provider.ts';
import type { Facts } from '../facts.ts';
import type { Plan, Policy } from '../plan.ts';
import type { SecretView } from '../secret-view.ts';
import type { ReadyFacts } from './locate.ts';

/** What becomes of a credential that was minted and certainly not published. */
export type Discard =
  /** It is deleted by its id. */
  | 'by-id'
  /** Its suffix is written down, and a fenced look cancels it by its position. */
  | 'by-position'
  /** It ends by itself. */
  | 'by-itself';

/**
 * How the credentials of a client succeed each other: everything that is asked about it, in one object. Nobody asks for
 * its name. A new style is one folder, and one line in styles.ts.
 */
export interface Style {
  /** The ordered table: the first row that has a plan wins. */
  readonly rows: readonly Policy<ReadyFacts>[];
  /** False: the provider has secrets alone, which belong to no client. */
  readonly hasClients: boolean;
  /** The operation that makes one more credential. */
  readonly mints: 'start' | 'mint' | 'stage' | 'issue';
  readonly discards: Discard;
  /** The provider accepts what the Secret holds, as far as is known. */
  works(facts: Facts, client: UpstreamClient | undefined): boolean;
  /** Of the client in the Secret: ours beside the published one. They are retired through the gate. */
  former(facts: Facts, client: UpstreamClient): readonly UpstreamCredential[];
  /** What the status says of a credential that is not the published one. */
  stateOf(
    facts: Facts,
    client: UpstreamClient,
    credential: UpstreamCredential,
  ): 'Retiring' | 'Lost' | 'Foreign';
  /**
   * The next credential that the operator has issued, to be revoked when the object of a borrowed client goes. undefined:
   * there is none, or the provider keeps what is left.
   */
  revokes(facts: ReadyFacts, client: UpstreamClient): Plan | undefined;
  /** What comes before the client is let go, so that what the Secret holds works on at one that is nobody's. */
  settles(facts: ReadyFacts, client: UpstreamClient): Plan | undefined;
  /** Who may read MachineClients but no Secrets must not learn its id: it is part of what a user has brought. */
  hides(facts: Facts, credential: UpstreamCredential): boolean;
  /** The last characters of the published secret, where its provider does not show them. */
  suffixOf(secret: SecretView): string | undefined;
}

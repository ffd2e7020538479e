import type { Example, Transition } from '../../../test/integration/api-shape/example.ts';
import type { Mark } from '../mark.ts';
import type { SecretValues } from '../provider.ts';

/** How a provider writes a page of its list. */
export interface ListWire {
  readonly idField: string;
  readonly page: (items: string, next?: string) => string;
  /** A page says nothing of the next one: which that is, is reckoned from what was read. */
  readonly pagesByOffset?: true;
  /** A client with the marker of this installation, and with a text that is kept with it. */
  readonly marked: (id: string, mark: Mark, filler?: string) => object;
}

/**
 * What the tests of all providers have to know of one of them. It is found by its name, `src/providers/NAME/testing/sample.ts`
 * (test/helpers/samples.ts): what is asked of all is asked of a new one, too.
 */
export interface ProviderSample {
  /** The member of a provider object, with no more than it needs. */
  readonly account: (baseUrl: string, auth: object) => object;
  /** What `auth` needs besides its reference, where the operator logs in with a Secret. */
  readonly secretAuth?: object;
  /** `auth` has types of its own: what is to be set with each is said by `accountRules`. */
  readonly ownLogins?: true;
  /** Ids of clients have few characters: what has others is sent nowhere, and ids of credentials go into no path. */
  readonly narrowIds?: true;
  /** Clients are found by their ids in the query of a list: no path has one that the provider has not shown itself. */
  readonly idsInQuery?: true;
  /** Calls that write, and read first: what they are answered says of no write. */
  readonly readsFirst?: readonly (
    | 'create'
    | 'update'
    | 'mint'
    | 'retire'
    | 'turn'
    | 'drop'
    | 'release'
    | 'remove'
  )[];
  /** What the spec of a MachineClient needs for this provider beside its reference. */
  readonly client: object;
  /** A credential that can be proven, where it is another one than a client secret. */
  readonly values?: SecretValues;
  /** `UpstreamClient.specific` of a client on which nothing is kept yet. */
  readonly specific?: object;
  /** Left out: it has no list. */
  readonly list?: ListWire;
  /** Rules of its member that no other provider has, on whole specs of a provider object. */
  readonly accountRules?: readonly Example[];
  /** … on specs that only a ClusterIdentityProvider may have. */
  readonly clusterRules?: readonly Example[];
  readonly accountChanges?: readonly Transition[];
}

/** A page of JSON with these items in its field, and what leads to the next one. */
export const pageOf = (items: string, next: object | undefined, field: string): string =>
  `{${next ? `${JSON.stringify(next).slice(1, -1)},` : ''}"${field}":[${items}]}`;

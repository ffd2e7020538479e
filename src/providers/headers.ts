import { isAuthorization, isConnectionHeader } from '../api/headers.ts';
import type { Secret } from '../runtime/secret.ts';

type Headers = Readonly<Record<string, string>>;

const defaults: Headers = { accept: 'application/json', 'user-agent': 'machine-client-operator' };

export interface HeaderSources {
  /** What the call itself needs. */
  readonly own: Headers | undefined;
  /** Of spec.connection.headers. */
  readonly connection: readonly { readonly name: string; readonly value: Secret }[];
  /** Of the MachineClient. */
  readonly client: Headers | undefined;
  /** The operator's own login may go along: what proves another credential must not bring it. */
  readonly management: boolean;
}

/** `refused`: the name of a header that cannot be sent, and why. */
export type Merged =
  | { readonly kind: 'headers'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The headers of one request, each name once (names know no case: RFC 9110, section 5.1). Those of the provider object
 * win over ours, those of the MachineClient over both. The schema refuses what is refused here; this is for objects that
 * were stored before it did.
 */
export const mergeHeaders = ({ own, connection, client, management }: HeaderSources): Merged => {
  // A Map, for a name may be one that objects know something else by.
  const headers = new Map(Object.entries({ ...defaults, ...own }));
  for (const { name, value } of connection) {
    const lower = name.toLowerCase();
    if (isConnectionHeader(lower))
      return { kind: 'refused', message: `the header ${lower} is set by the connection itself` };
    if (isAuthorization(lower)) {
      if (!management) continue;
      if (headers.has(lower))
        return { kind: 'refused', message: 'the header authorization is the login of auth.type Secret' };
    }
    headers.set(lower, value.reveal());
  }
  for (const [name, value] of Object.entries(client ?? {})) headers.set(name, value);
  return { kind: 'headers', headers: Object.fromEntries(headers) };
};

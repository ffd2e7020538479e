import { ProviderError, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { UpstreamClient } from '../provider.ts';
import { printable } from '../../runtime/printable.ts';

/** The client scopes of a realm, by name. */
export type Scopes = ReadonlyMap<string, string>;

const MOST_NAMED = 5;

/** The server drops a scope that it does not know, and says nothing. */
export const unknownScopes = (
  what: string,
  wanted: readonly string[],
  scopes: Scopes,
): Outcome<never> | undefined => {
  const unknown = wanted.filter((name) => !scopes.has(name));
  if (unknown.length === 0) return undefined;
  const named = unknown.slice(0, MOST_NAMED).map((name) => printable(name));
  const more = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : '';
  return {
    kind: 'rejected',
    error: new ProviderError(
      `Keycloak ${what}: the realm has no client scope ${named.join(', ')}${more}; make it there, or take it out of spec.scopes`,
      { reason: 'RejectedByProvider', retry: 'later', status: 0, withheld: true },
    ),
  };
};

/** One request. */
export interface ScopeChange {
  readonly method: 'PUT' | 'DELETE';
  readonly path: Path;
  /** The scopes of the client after it. */
  readonly scopes: readonly string[];
}

/**
 * What is missing first, then what is too much. `optional`: those that the client may ask for and does not have of itself.
 * Undefined: nothing is to be done. A scope that the realm has not any more is on no client either.
 */
export const nextChange = (
  at: Path,
  wanted: readonly string[],
  { scopes: present }: Pick<UpstreamClient, 'scopes'>,
  optional: readonly string[],
  scopes: Scopes,
): ScopeChange | undefined => {
  const missing = wanted.find((name) => !present.includes(name));
  if (missing !== undefined)
    return {
      method: 'PUT',
      path: path`${at}/default-client-scopes/${scopes.get(missing) ?? ''}`,
      scopes: [...present, missing],
    };
  // What it may only ask for goes first: Keycloak adds none to one of the lists that is in the other.
  const surplus = present.find((name) => !wanted.includes(name) || optional.includes(name));
  if (surplus === undefined) return undefined;
  const id = scopes.get(surplus) ?? '';
  return {
    method: 'DELETE',
    path: optional.includes(surplus)
      ? path`${at}/optional-client-scopes/${id}`
      : path`${at}/default-client-scopes/${id}`,
    scopes: present.filter((name) => name !== surplus),
  };
};

interface ScopeWire {
  readonly id: string;
  readonly name: string;
  readonly protocol?: string | null | undefined;
}

/** Those of SAML have names of their own. */
export const scopesByName = (list: readonly ScopeWire[]): Scopes =>
  new Map(
    list
      .filter(({ protocol }) => !protocol || protocol === 'openid-connect')
      .map(({ id, name }) => [name, id]),
  );

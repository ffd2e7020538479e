import type { StytchAccount, StytchClient } from './account.ts';
import { StytchFailure } from './errors.ts';
import type { Fields } from './validation.ts';
import { isShown } from '../provider.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

interface SearchPage {
  readonly clients: readonly StytchClient[];
  /** -1 when totals are disabled. */
  readonly total: number;
  readonly nextCursor: string | null;
}

type Predicate = (client: StytchClient) => boolean;

/** One page of the clients that the query matches. */
export const searchClients = (account: StytchAccount, fields: Fields): SearchPage => {
  const { switches } = account;
  const limit = limitOf(fields.limit, switches.pageSizeCap);
  const after = cursorOf(fields.cursor);
  const matches = predicateOf(fields.query);
  const lagMs = Math.max(switches.searchLagMs, switches.readLagMs);
  const isVisible: Predicate = ({ createdAt }) => isShown(createdAt, account.clock.now(), lagMs);

  const found = switches.searchFindsNothing
    ? []
    : [...account.allClients()].filter((client) => isVisible(client) && matches(client));
  const isNewestFirst = switches.searchOrder === 'newest-first';
  if (isNewestFirst) found.reverse();
  const rest =
    after === undefined ? found : found.filter(({ seq }) => (isNewestFirst ? seq < after : seq > after));
  const clients = rest.slice(0, limit);
  const last = clients.at(-1);
  return {
    clients,
    total: switches.searchTotals === 'count' ? found.length : -1,
    nextCursor: last !== undefined && rest.length > limit ? encodeCursor(last.seq) : null,
  };
};

const limitOf = (value: unknown, cap: number): number => {
  const limit = value ?? DEFAULT_LIMIT;
  if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > MAX_LIMIT) {
    throw new StytchFailure('bad_request');
  }
  return cap > 0 ? Math.min(limit as number, cap) : (limit as number);
};

/** A cursor names the last client that was shown: clients deleted meanwhile do not make the next page skip any. */
const encodeCursor = (seq: number): string => Buffer.from(`after:${seq}`).toString('base64url');

const cursorOf = (value: unknown): number | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString() : '';
  const seq = /^after:(\d+)$/.exec(text)?.[1];
  if (seq === undefined) throw new StytchFailure('bad_request');
  return Number(seq);
};

const predicateOf = (query: unknown): Predicate => {
  if (query === undefined || query === null) return () => true;
  const { operator, operands } = query as Fields;
  if ((operator !== 'AND' && operator !== 'OR') || !Array.isArray(operands ?? [])) {
    throw new StytchFailure('bad_request');
  }
  const predicates = ((operands ?? []) as unknown[]).map(operandPredicate);
  if (predicates.length === 0) return () => true;
  return operator === 'AND'
    ? (client) => predicates.every((matches) => matches(client))
    : (client) => predicates.some((matches) => matches(client));
};

const operandPredicate = (operand: unknown): Predicate => {
  const { filter_name: name, filter_value: value } = (operand ?? {}) as Fields;
  if (name === undefined) throw new StytchFailure('m2m_search_missing_filter_name');
  if (typeof name !== 'string') throw new StytchFailure('m2m_search_filter_name_must_be_string');
  const isKnown = name === 'client_id' || name === 'client_name' || name === 'scopes';
  if (!isKnown) throw new StytchFailure('m2m_search_filter_name_not_recognized');
  if (value === undefined) throw new StytchFailure('m2m_search_missing_filter_value');
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new StytchFailure('m2m_search_expected_array_of_strings');
  }
  const wanted = new Set(value);
  switch (name) {
    case 'client_id':
      return (client) => wanted.has(client.clientId);
    case 'client_name':
      return (client) => wanted.has(client.name);
    case 'scopes':
      return (client) => client.scopes.some((scope) => wanted.has(scope));
  }
};

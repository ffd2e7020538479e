import type { AuthressAccount, AuthressClient } from './account.ts';
import { AuthressFailure } from './errors.ts';
import { summaryToWire, toWire } from './wire.ts';
import { isShown } from '../provider.ts';

const MOST = 20;

/** One page of the clients. `address`: the absolute address of the list, without a query. */
export const listClients = (
  account: AuthressAccount,
  query: URLSearchParams,
  address: string,
): Record<string, unknown> => {
  const { switches } = account;
  const limit = Math.min(limitOf(query.get('limit')), switches.pageSizeCap);
  const rest = remaining(visibleClients(account), query.get('cursor'), switches.listOrder);
  const clients = rest.slice(0, limit);
  const last = clients.at(-1);
  const cursor = last !== undefined && rest.length > limit ? encodeCursor(last.seq) : undefined;
  const self = query.size === 0 ? address : `${address}?${query.toString()}`;
  const links = { self: { href: self } };
  const shown = clients.map((client) =>
    switches.listItems === 'full' ? toWire(client, switches) : summaryToWire(client),
  );
  if (cursor === undefined) return { clients: shown, ...lastPage(switches.lastPage), links };
  const next = new URLSearchParams({ limit: String(limit), cursor });
  return {
    clients: shown,
    pagination: { next: { cursor } },
    links: { ...links, next: { href: `${address}?${next.toString()}` } },
  };
};

const lastPage = (form: 'empty' | 'null' | 'absent'): Record<string, unknown> => {
  if (form === 'absent') return {};
  return { pagination: form === 'null' ? { next: null } : {} };
};

const visibleClients = (account: AuthressAccount): readonly AuthressClient[] => {
  const { switches, management } = account;
  if (switches.accountMode === 'blind') return [];
  const lagMs = Math.max(switches.listLagMs, switches.readLagMs);
  const now = account.clock.now();
  const clients = account.managed().filter(({ createdAt }) => isShown(createdAt, now, lagMs));
  const isListed = switches.managementClientListed && account.findClient(management.clientId) !== undefined;
  return isListed ? [management, ...clients] : clients;
};

const limitOf = (text: string | null): number => {
  if (text === null) return MOST;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new AuthressFailure('InvalidRequest');
  return limit;
};

/** A cursor names the last client that was shown: clients deleted meanwhile do not make the next page skip any. */
const encodeCursor = (seq: number): string => Buffer.from(`after:${seq}`).toString('base64url');

const remaining = (
  clients: readonly AuthressClient[],
  cursor: string | null,
  order: 'created' | 'newest-first',
): readonly AuthressClient[] => {
  const ordered = order === 'created' ? clients : clients.toReversed();
  if (cursor === null) return ordered;
  const after = /^after:(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (after === undefined) throw new AuthressFailure('InvalidRequest');
  return ordered.filter(({ seq }) => (order === 'created' ? seq > Number(after) : seq < Number(after)));
};

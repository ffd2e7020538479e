import type { ScalekitAccount } from './account.ts';
import { ScalekitFailure } from './errors.ts';
import { isShown } from '../provider.ts';
import { clientToWire } from './wire.ts';

const LARGEST_PAGE = 100;

/** One page of an organization's clients. There are no filters. */
export const listClients = (
  account: ScalekitAccount,
  organizationId: string,
  query: URLSearchParams,
): Record<string, unknown> => {
  const { switches } = account;
  const size = pageSize(account, query.get('page_size'));
  const after = cursorOf(query.get('page_token'));
  if (switches.unknownOrganizationList === 'not-found') account.checkOrganization(organizationId);
  const lagMs = Math.max(switches.listLagMs, switches.readLagMs);
  const now = account.clock.now();
  const found = [...account.allClients()].filter(
    (client) => client.organizationId === organizationId && isShown(client.createdAt, now, lagMs),
  );
  const isNewestFirst = switches.listOrder === 'newest-first';
  if (isNewestFirst) found.reverse();
  const rest =
    after === undefined ? found : found.filter(({ seq }) => (isNewestFirst ? seq < after : seq > after));
  const page = rest.slice(0, size);
  const next = rest.length > size ? encodeCursor(page.at(-1)?.seq ?? 0) : '';
  return {
    ...(next === '' && switches.zeroValues === 'omit' ? {} : { next_page_token: next }),
    total_size: found.length,
    clients: page.map((client) => clientToWire(client, switches, switches.listSecrets)),
    ...(switches.zeroValues === 'print' && { prev_page_token: '' }),
  };
};

const pageSize = ({ switches }: ScalekitAccount, text: string | null): number => {
  if (text !== null && !/^\d{1,9}$/.test(text)) throw new ScalekitFailure('invalidArgument');
  const asked = Number(text ?? 0);
  if (switches.pageSizeRule === 'enforce' && asked !== 0 && (asked < 10 || asked > LARGEST_PAGE))
    throw new ScalekitFailure('invalidArgument', [
      { field: 'page_size', description: 'value must be in 10 to 100', constraint: 'uint32.gte_lte' },
    ]);
  const size = Math.min(asked === 0 ? switches.defaultPageSize : asked, LARGEST_PAGE);
  return switches.pageSizeCap > 0 ? Math.min(size, switches.pageSizeCap) : size;
};

/** A token names the last client that was shown: clients deleted meanwhile do not make the next page skip any. */
const encodeCursor = (seq: number): string => Buffer.from(`after=${seq}&/+`).toString('base64');

const cursorOf = (text: string | null): number | undefined => {
  if (text === null || text === '') return undefined;
  const seq = /^after=(\d+)&\/\+$/.exec(Buffer.from(text, 'base64').toString())?.[1];
  if (seq === undefined) throw new ScalekitFailure('invalidArgument');
  return Number(seq);
};

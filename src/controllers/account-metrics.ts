import type { AccountRegistry } from '../accounts/registry.ts';
import type { AccountView } from '../observability/object-metrics.ts';

/** As metrics tell of them: the account, and of the provider objects that stand for it the first by name. */
export const accountViews = function* (registry: AccountRegistry): Generator<AccountView> {
  for (const { pool, orphans, members } of registry.pools()) {
    const { account, budget } = pool;
    const swept = [...pool.partitions()].flatMap(({ inventory }) => inventory.sweptAt ?? []);
    if (account)
      yield {
        account: account.id,
        provider: [...members].toSorted()[0] ?? '',
        // Of several listings that were complete the one that is oldest.
        sweptAt: swept.length === 0 ? undefined : Math.min(...swept),
        orphans: orphans?.size,
        circuitOpen: budget.open,
        inUse: budget.inUse,
        waits: budget.waits,
      };
  }
};

import type { TrueClient } from './upstream.ts';

/** All that the provider knows of a client, but its credentials and the times at which these changed. */
export const portraitOf = ({ owner, record }: TrueClient): unknown => ({
  owner,
  ...Object.fromEntries(
    Object.entries(record as object).filter(([field]) => !/secret|keys|nextBy|updatedAt/i.test(field)),
  ),
});

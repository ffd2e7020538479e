import type { Powers, UpstreamClient } from '../provider.ts';
import { isOurs } from './marking.ts';
import { specificOf } from './wire.ts';

/** Options by which a client has a right over all users of the account. */
const rights = ['grantTokenGeneration', 'grantUserPermissionsAccess'] as const;

/** The first of them that is given. */
export const rightOf = (
  options: Readonly<Record<string, unknown>> | undefined,
): { readonly right: string; readonly field: string } | undefined => {
  const right = rights.find((option) => options?.[option] === true);
  return right && { right, field: `authress.options.${right}` };
};

export const powers = (client: UpstreamClient): Powers => {
  const { tags, options } = specificOf(client);
  const right = rightOf(options)?.right;
  return {
    customMetadata: Object.keys(tags).filter((key) => !isOurs(key)),
    // The options are put right together.
    impersonation: right === undefined ? undefined : { right, field: 'authress.options' },
  };
};

import type { Capabilities } from '../../src/providers/provider.ts';
import type { Group } from './behaviour.ts';
import { ephemeral } from './ephemeral/index.ts';
import { withClients } from './with-clients/index.ts';

/** What is asked of all providers of a kind. docs/providers/README.md is written from the same lists that are run. */
export interface Suite {
  readonly title: string;
  /** The function by which a provider's tests run it. */
  readonly runBy: string;
  readonly covers: (capabilities: Capabilities) => boolean;
  readonly groups: readonly Group<never>[];
}

/** Each provider is covered by one of them. */
export const suites: readonly Suite[] = [
  {
    title: 'Providers with clients',
    runBy: 'providerConformance',
    covers: ({ style }) => style !== 'ephemeral',
    groups: withClients,
  },
  {
    title: 'Providers of secrets without a client',
    runBy: 'ephemeralConformance',
    covers: ({ style }) => style === 'ephemeral',
    groups: ephemeral,
  },
];

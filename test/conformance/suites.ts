import type { Capabilities } from '../../src/providers/provider.ts';
import { ofTheAccount } from './account.ts';
import type { Group } from './behaviour.ts';
import { creating, looking } from './creating.ts';
import { ending } from './ending.ts';
import { failing } from './failing.ts';
import { proving } from './proving.ts';
import { rotatingByAddition } from './rotating-by-addition.ts';
import { rotatingInTwoPhases } from './rotating-in-two-phases.ts';
import { updating } from './updating.ts';

/** What is asked of all providers of a kind. docs/providers/README.md is written from the same lists that are run. */
export interface Suite {
  readonly title: string;
  /** The function by which a provider's tests run it. */
  readonly runBy: string;
  readonly covers: (capabilities: Capabilities) => boolean;
  readonly groups: readonly Group[];
}

export const withClients: Suite = {
  title: 'Providers with clients',
  runBy: 'providerConformance',
  covers: ({ style }) => style !== 'ephemeral',
  groups: [
    ofTheAccount,
    creating,
    looking,
    updating,
    ending,
    proving,
    rotatingInTwoPhases,
    rotatingByAddition,
    failing,
  ],
};

/** Each provider is covered by one of them. */
export const suites: readonly Suite[] = [withClients];

import { machineClientSpec } from '../../../src/api/schema/machine-client.ts';
import type { NewCredential, Capabilities, Wish } from '../../../src/providers/provider.ts';
import type { EphemeralRig } from '../ephemeral-rig.ts';
import { mark } from '../with-clients/wish.ts';

/** A spec of its member alone: there is no client that could have a name. */
export const ephemeralWish = (spec: object = {}): Wish => ({
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
  mark,
  uid: 'uid-1',
});

export const secretOf = ({ values }: NewCredential): string => values.ClientSecret?.reveal() ?? '';

export type Start = (connection?: { readonly timeoutMs: number }) => Promise<EphemeralRig>;

/** What a check has: an account at a simulator of its own, and how to have another one. */
export interface Subject {
  readonly rig: EphemeralRig;
  readonly capabilities: Capabilities;
  readonly wish: Wish;
  readonly start: Start;
}

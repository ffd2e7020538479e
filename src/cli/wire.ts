import type { Condition } from '../api/conditions.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { MachineClientStatus } from '../api/schema/machine-client-status.ts';
import type { ProviderStatus } from '../api/schema/identity-provider.ts';
import type { KubeObject } from '../kube/resource.ts';

/**
 * Objects as the API server sends them. They are not parsed: an operator that is newer than this plugin may say more,
 * and what it says besides must not hide the rest. So every field may be missing.
 */
export interface MachineClientWire extends KubeObject {
  readonly spec?: Partial<MachineClientSpec>;
  readonly status?: Partial<MachineClientStatus>;
}

export interface ProviderWire extends KubeObject {
  readonly spec?: { readonly type?: string; readonly clientPolicy?: { readonly adoption?: string } };
  readonly status?: Partial<ProviderStatus>;
}

export const conditionsOf = (object: {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined };
}): readonly Condition[] => object.status?.conditions ?? [];

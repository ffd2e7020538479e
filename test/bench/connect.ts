import type { ClusterIdentityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { ProviderHttp } from '../../src/providers/http.ts';
import type { Account } from '../../src/providers/provider.ts';
import { moduleOf } from '../../src/providers/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/runtime/secret.ts';

export interface Login {
  readonly spec: ClusterIdentityProviderSpec;
  readonly baseUrl: string;
  readonly managementSecret: string;
}

export const REQUEST_TIMEOUT_MS = 30_000;

/** The account as the operator connects it, without a cluster. */
export const connectAccount = ({ spec, baseUrl, managementSecret }: Login, concurrency: number): Account => {
  const module = moduleOf(spec.type);
  if (!module) throw new Error(`no provider ${spec.type}`);
  const connection = { baseUrl, timeoutMs: REQUEST_TIMEOUT_MS, headers: [], refuseLocal: false };
  const http = new ProviderHttp(connection, concurrency, systemClock);
  return module.connect(spec, http, new Secret(managementSecret), Math.random);
};

import type { ClusterIdentityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import type { Connection } from '../../src/providers/connection.ts';
import { ProviderHttp } from '../../src/providers/http.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { flat, type FlatAccount } from '../helpers/flat-account.ts';
import { type Sampled, samples } from '../helpers/samples.ts';
import { callsOf, callsWithId, type ProviderCall } from './calls.ts';

/** What hostile servers, headers and ids are tried on: every provider, with every call that it has. */

export interface ProviderUnderTest
  extends Pick<Sampled, 'type' | 'module' | 'list' | 'narrowIds' | 'idsInQuery'> {
  readonly spec: (baseUrl: string) => ClusterIdentityProviderSpec;
  readonly calls: readonly ProviderCall[];
  /** Calls into whose path an id goes, for one id. */
  readonly withId: (id: string) => readonly ProviderCall[];
}

/** As it is written, and not as the schema makes it: a hostile address is none that the schema takes. */
const specOf = ({ type, module, account }: Sampled, baseUrl: string): ClusterIdentityProviderSpec =>
  ({
    type,
    [module.schema.member]: account(baseUrl, { type: 'Gateway' }),
  }) as object as ClusterIdentityProviderSpec;

export const providersUnderTest: readonly ProviderUnderTest[] = samples.map((sampled) => ({
  type: sampled.type,
  module: sampled.module,
  ...(sampled.list && { list: sampled.list }),
  ...(sampled.narrowIds && { narrowIds: sampled.narrowIds }),
  ...(sampled.idsInQuery && { idsInQuery: sampled.idsInQuery }),
  spec: (baseUrl) => specOf(sampled, baseUrl),
  calls: callsOf(sampled),
  withId: (id) => callsWithId(sampled, id),
}));

/** The account as the operator connects it, over real HTTP. A gateway logs in, so that no call needs a token first. */
export const connectTo = (
  provider: ProviderUnderTest,
  baseUrl: string,
  connection: Partial<Connection> = {},
): FlatAccount => {
  const whole = { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...connection };
  return flat(
    provider.module.connect(
      provider.spec(baseUrl),
      new ProviderHttp(whole, 32, systemClock),
      undefined,
      Math.random,
    ),
  );
};

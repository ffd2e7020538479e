import type { ClusterIdentityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { markTags, nameWith } from '../../src/providers/authress/marking.ts';
import type { Connection } from '../../src/providers/connection.ts';
import { ProviderHttp } from '../../src/providers/http.ts';
import { makeMark, type Mark } from '../../src/providers/mark.ts';
import type { Outcome } from '../../src/providers/outcome.ts';
import type { Call, UpstreamClient, Wish } from '../../src/providers/provider.ts';
import { moduleOf } from '../../src/providers/registry.ts';
import { formatDescription } from '../../src/providers/scalekit/description-mark.ts';
import { markValue, metadataKey } from '../../src/providers/stytch/wire.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/runtime/secret.ts';
import { flat, type FlatAccount } from '../helpers/flat-account.ts';

/** What hostile servers, headers and ids are tried on: every provider, with every call that it has. */

export const installation = 'inst';

/** How a provider writes a page of its list. */
export interface ListWire {
  readonly idField: string;
  readonly page: (items: string, next?: string) => string;
  /** A client with the marker of this installation, and with a text that is kept with it. */
  readonly marked: (id: string, mark: Mark, filler?: string) => object;
}

interface ProviderCall {
  readonly name: string;
  readonly isWrite: boolean;
  readonly run: (account: FlatAccount, call: Call) => Promise<Outcome<unknown>>;
}

export interface ProviderUnderTest {
  readonly type: 'Stytch' | 'Scalekit' | 'Authress' | 'Plastiq';
  readonly spec: (baseUrl: string) => ClusterIdentityProviderSpec;
  readonly calls: readonly ProviderCall[];
  /** Calls into whose path an id goes, for one id. */
  readonly withId: (id: string) => readonly ProviderCall[];
  readonly list: ListWire | undefined;
}

const uid = '00000000-0000-4000-8000-000000000001';
const values = { ClientSecret: new Secret('not-a-real-secret') };
const auth = { type: 'Gateway' } as const;
const spec = (fields: object) => fields as ClusterIdentityProviderSpec;

const wishOf = (fields: object): Wish => ({
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...fields }),
  mark: makeMark(installation, 'ns', 'app'),
  uid,
});

const clientOf = (id: string, specific: unknown): UpstreamClient => ({
  id,
  mark: makeMark(installation, 'ns', 'app'),
  released: false,
  uid,
  displayName: 'app',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
  credentials: [{ id: 'credential-1', suffix: undefined }],
  specific,
});

const prove: ProviderCall = {
  name: 'prove',
  isWrite: false,
  run: (account, call) => account.prove('client-1', values, call),
};

const clientCalls = (wish: Wish, specific: unknown, id: string): ProviderCall[] => {
  const client = clientOf(id, specific);
  return [
    { name: 'get', isWrite: false, run: (account, call) => account.get(id, call) },
    { name: 'update', isWrite: true, run: (account, call) => account.update(wish, client, call) },
    { name: 'release', isWrite: true, run: (account, call) => account.release(client, call) },
    { name: 'mint', isWrite: true, run: (account, call) => account.mint(wish, client, call) },
    { name: 'remove', isWrite: true, run: (account, call) => account.remove(id, call) },
  ];
};
const list: ProviderCall = {
  name: 'list',
  isWrite: false,
  run: (account, call) => account.list(undefined, call),
};
const create = (wish: Wish): ProviderCall => ({
  name: 'create',
  isWrite: true,
  run: (account, call) => account.create(wish, 'client-1', undefined, call),
});
const retire = (specific: unknown, id: string, credentialId: string): ProviderCall => ({
  name: 'retire',
  isWrite: true,
  run: (account, call) => account.retire(clientOf(id, specific), credentialId, call),
});

const json = (items: string, next: object | undefined, field: string): string =>
  `{${next ? `${JSON.stringify(next).slice(1, -1)},` : ''}"${field}":[${items}]}`;

const stytchWish = wishOf({ displayName: 'app' });
const stytchSpecific = { metadata: {}, ownKeys: [] };
const stytchCalls = (id: string): ProviderCall[] => {
  const client = clientOf(id, stytchSpecific);
  return [
    ...clientCalls(stytchWish, stytchSpecific, id),
    { name: 'promote', isWrite: true, run: (account, call) => account.promote(client, call) },
    { name: 'cancel', isWrite: true, run: (account, call) => account.cancel(client, call) },
  ];
};

const scalekitWish = wishOf({ displayName: 'app', scalekit: { organizationId: 'org_1' } });
const scalekitSpecific = { customClaims: {}, expiry: undefined };
const within = (calls: readonly ProviderCall[], organization = 'org_1'): ProviderCall[] =>
  calls.map((one) => ({ ...one, run: (account, call) => one.run(account.within(organization), call) }));

const authressWish = wishOf({ displayName: 'app', authress: {} });
const authressSpecific = {
  name: 'app',
  options: {},
  rateLimits: undefined,
  tags: {},
  ownTags: [],
  publicKeys: {},
};

export const providersUnderTest: readonly ProviderUnderTest[] = [
  {
    type: 'Stytch',
    spec: (baseUrl) => spec({ type: 'Stytch', stytch: { projectId: 'project-test-1', baseUrl, auth } }),
    calls: [list, create(stytchWish), ...stytchCalls('client-1'), prove],
    withId: stytchCalls,
    list: {
      idField: 'client_id',
      page: (items, next) =>
        json(
          items,
          next === undefined ? undefined : { results_metadata: { next_cursor: next } },
          'm2m_clients',
        ),
      marked: (id, mark, filler) => ({
        client_id: id,
        status: 'active',
        trusted_metadata: {
          filler,
          [metadataKey]: markValue(mark, uid, []),
        },
      }),
    },
  },
  {
    type: 'Scalekit',
    spec: (environmentUrl) => spec({ type: 'Scalekit', scalekit: { environmentUrl, auth } }),
    calls: [
      ...within([
        list,
        create(scalekitWish),
        ...clientCalls(scalekitWish, scalekitSpecific, 'client-1'),
        retire(scalekitSpecific, 'client-1', 'credential-1'),
      ]),
      prove,
    ],
    withId: (id) => [
      ...within([
        ...clientCalls(scalekitWish, scalekitSpecific, id),
        retire(scalekitSpecific, id, 'credential-1'),
        retire(scalekitSpecific, 'client-1', id),
      ]),
      ...within([list, create(scalekitWish), ...clientCalls(scalekitWish, scalekitSpecific, 'client-1')], id),
    ],
    list: {
      idField: 'client_id',
      page: (items, next) =>
        json(items, next === undefined ? undefined : { next_page_token: next }, 'clients'),
      marked: (id, mark, filler) => ({
        client_id: id,
        scopes: filler === undefined ? [] : [filler],
        description: formatDescription(mark, uid, false, ''),
        secrets: [{ id: `${id}-secret` }],
      }),
    },
  },
  {
    type: 'Authress',
    spec: (baseUrl) => spec({ type: 'Authress', authress: { baseUrl, accountId: 'acc-1', auth } }),
    calls: [
      list,
      create(authressWish),
      ...clientCalls(authressWish, authressSpecific, 'client-1'),
      retire(authressSpecific, 'client-1', 'credential-1'),
      prove,
    ],
    withId: (id) => [
      ...clientCalls(authressWish, authressSpecific, id),
      retire(authressSpecific, id, 'credential-1'),
      retire(authressSpecific, 'client-1', id),
    ],
    list: {
      idField: 'clientId',
      page: (items, next) =>
        json(items, next === undefined ? undefined : { pagination: { next: { cursor: next } } }, 'clients'),
      marked: (id, mark, filler) => ({
        clientId: id,
        options: { filler },
        name: nameWith('app', mark.short),
        tags: markTags(mark, uid, []),
        verificationKeys: [],
      }),
    },
  },
  {
    type: 'Plastiq',
    spec: (baseUrl) => spec({ type: 'Plastiq', plastiq: { environment: 'Sandbox', baseUrl, auth } }),
    calls: [
      { name: 'check', isWrite: false, run: (account, call) => account.check(call) },
      { name: 'issue', isWrite: true, run: (account, call) => account.issue(wishOf({ plastiq: {} }), call) },
    ],
    withId: () => [],
    list: undefined,
  },
];

/** The account as the operator connects it, over real HTTP. A gateway logs in, so that no call needs a token first. */
export const connectTo = (
  provider: ProviderUnderTest,
  baseUrl: string,
  connection: Partial<Connection> = {},
): FlatAccount => {
  const module = moduleOf(provider.type);
  if (!module) throw new Error(`no provider ${provider.type}`);
  const whole = { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false, ...connection };
  return flat(
    module.connect(provider.spec(baseUrl), new ProviderHttp(whole, 32, systemClock), undefined, Math.random),
  );
};

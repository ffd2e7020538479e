import { identityProviderSpec } from '../../../src/api/schema/identity-provider.ts';
import { ProviderHttp } from '../../../src/providers/http.ts';
import { capabilities, KeycloakAccount } from '../../../src/providers/keycloak/account.ts';
import { keycloak as module, realmOf } from '../../../src/providers/keycloak/index.ts';
import { operations, scopesOfTests, SmallPages } from '../../../src/providers/keycloak/testing/rig.ts';
import type { Page, UpstreamClient } from '../../../src/providers/provider.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Secret } from '../../../src/runtime/secret.ts';
import type { Rig, TrueClient } from '../../conformance/rig.ts';
import { flat } from '../../helpers/flat-account.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { keycloakApi } from './calls.ts';
import type { KeycloakServer } from './keycloak.ts';

interface Shown {
  readonly id: string;
  readonly clientId: string;
  readonly name?: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly secret?: string;
  readonly defaultClientScopes?: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** Every realm has clients of its own, and this one those that log in. */
class WithoutThoseOfTheRealm extends KeycloakAccount {
  own: readonly string[] = [];

  override async list(...given: Parameters<KeycloakAccount['list']>): ReturnType<KeycloakAccount['list']> {
    const outcome = await super.list(...given);
    if (outcome.kind !== 'ok') return outcome;
    const clients = outcome.value.clients.filter(({ id }: UpstreamClient) => !this.own.includes(id));
    return { ...outcome, value: { ...outcome.value, clients } satisfies Page };
  }
}

/** Of a client with a set of keys their ids, of another one its secrets. */
const credentialsOf = ({ secret, attributes }: Shown): readonly string[] => {
  const { 'jwks.string': set, 'client.secret.rotated': rotated } = attributes;
  if (set !== undefined)
    return (JSON.parse(set) as { keys: readonly { kid: string }[] }).keys.map(({ kid }) => kid);
  return [secret, rotated].filter((one) => one !== undefined);
};

/** A realm of its own of a real Keycloak, behind a fault proxy: what the suite has a simulator for. `isBound`: by the policy. */
export const realConformanceRig = async (server: KeycloakServer, isBound = false): Promise<Rig> => {
  const proxy = await startFaultProxy(keycloakApi, server.url);
  const realm = await server.realm(proxy.url);
  const admin = `/admin/realms/${realm.name}`;
  const ask = async (...of: Parameters<typeof server.admin.done>) => await server.admin.done(...of);
  // Its token is of before this realm was there.
  await server.admin.renew();
  if (isBound) await realm.bindRotationPolicy();
  for (const name of scopesOfTests)
    await ask('POST', `${admin}/client-scopes`, {
      name,
      protocol: 'openid-connect',
      attributes: { 'include.in.token.scope': 'true' },
    });
  const all = async (): Promise<readonly Shown[]> =>
    (await ask('GET', `${admin}/clients`)).json as readonly Shown[];
  const own = (await all()).map(({ clientId }) => clientId);
  const { clientId, secret } = realm.operator;
  const spec = identityProviderSpec.parse({
    type: 'Keycloak',
    keycloak: {
      baseUrl: proxy.url,
      realm: realm.name,
      auth: { type: 'ClientCredentials', clientId, secretKeyRef: { name: 'keycloak', key: 'secret' } },
    },
  });
  const { baseUrl } = module.describe(spec);
  const http = new ProviderHttp(
    { baseUrl, timeoutMs: 5_000, headers: [], refuseLocal: false },
    4,
    systemClock,
  );
  const pages = new SmallPages(capabilities.pageSize);
  const account = new WithoutThoseOfTheRealm(
    { ...realmOf(spec, new Secret(secret), Math.random), pages },
    http,
  );
  account.own = own;
  const clientOf = (shown: Shown): TrueClient => ({
    id: shown.clientId,
    active: shown.enabled,
    displayName: shown.name ?? '',
    description: shown.description ?? '',
    scopes: (shown.defaultClientScopes ?? []).filter(
      (name) => name !== 'basic' && name !== 'service_account',
    ),
    secrets: credentialsOf(shown),
  });
  const clients = async () => (await all()).filter(({ clientId: id }) => !own.includes(id));
  return {
    account: flat(account),
    clients: async () => (await clients()).map(clientOf),
    fault: (name, fault, times = 1) => proxy.setFaults([{ ...fault, operations: [operations[name]], times }]),
    requests: (name) =>
      proxy
        .requests({ operation: operations[name] })
        .filter(({ clientId: of }) => name !== 'list' || of === null).length,
    addForeign: async (id) => {
      await ask('POST', `${admin}/clients`, {
        clientId: id,
        standardFlowEnabled: false,
        serviceAccountsEnabled: true,
        fullScopeAllowed: false,
        defaultClientScopes: [],
        optionalClientScopes: [],
        clientAuthenticatorType: 'client-jwt',
        attributes: { 'use.jwks.string': 'true', 'jwks.string': '{"keys":[]}' },
      });
      return id;
    },
    removeInConsole: async (id) => {
      const found = (await clients()).find((one) => one.clientId === id);
      await ask('DELETE', `${admin}/clients/${found?.id}`);
    },
    asksForTheEnd: true,
    others: own.length,
    limitPages: (size) => {
      pages.most = size;
    },
    // Nothing there refuses a list; a fault in front does not say when it was.
    limitLists: () => {},
    [Symbol.asyncDispose]: async () => {
      await account.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
};

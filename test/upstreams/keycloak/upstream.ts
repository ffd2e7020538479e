import { isDeepStrictEqual } from 'node:util';
import type { Mark } from '../../../src/providers/mark.ts';
import { KeycloakUpstream, markedClient } from '../../helpers/upstreams/keycloak-upstream.ts';
import type { RawAnswer } from '../../simulators/raw-client.ts';
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { newKey } from './assertions.ts';
import { keycloakApi } from './calls.ts';
import type { KeycloakServer } from './keycloak.ts';
import { KeycloakMirror, keyIdsIn } from './mirror.ts';
import { least } from './parts.ts';
import type { Realm } from './realm.ts';

interface Shown {
  readonly id: string;
  readonly clientId: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A client that somebody else has made: as the operator makes them, with a key set of its own. */
const foreign = (clientId: string, keyId: string, attributes: object = {}) => {
  const { jwk } = newKey();
  return {
    clientId,
    ...least,
    enabled: true,
    clientAuthenticatorType: 'client-jwt',
    defaultClientScopes: ['basic'],
    optionalClientScopes: [],
    attributes: {
      'use.jwks.string': 'true',
      'jwks.string': JSON.stringify({ keys: [{ ...jwk, kid: keyId }] }),
      ...attributes,
    },
  };
};

/**
 * A realm of its own of a real Keycloak behind a fault proxy, for tests that have a simulator otherwise. What it holds they
 * know by a mirror, and at the end the server is asked whether that is so.
 */
export class RealKeycloakUpstream extends KeycloakUpstream {
  readonly simulator: FaultProxy;
  readonly #keycloak: KeycloakServer;
  readonly #realm: Realm;
  readonly #mirror: KeycloakMirror;
  /** Of the realm itself. */
  readonly #own: readonly string[];

  private constructor(
    keycloak: KeycloakServer,
    realm: Realm,
    proxy: FaultProxy,
    mirror: KeycloakMirror,
    own: readonly string[],
  ) {
    super({
      url: proxy.url,
      realm: realm.name,
      login: () => realm.operator,
      clients: () => mirror.clients(),
      keys: () => mirror.keys(),
      hidden: () => [realm.operator.secret, ...proxy.issuedSecrets().map(({ value }) => value)],
    });
    this.simulator = proxy;
    this.#keycloak = keycloak;
    this.#realm = realm;
    this.#mirror = mirror;
    this.#own = own;
  }

  static async start(keycloak: KeycloakServer): Promise<RealKeycloakUpstream> {
    const mirror = new KeycloakMirror();
    const proxy = await startFaultProxy(keycloakApi, keycloak.url, { onPassed: mirror.sees });
    const realm = await keycloak.realm(proxy.url);
    mirror.realm = realm.name;
    const admin = `/admin/realms/${realm.name}`;
    for (const name of ['read:invoices', 'write:invoices'])
      await keycloak.admin.done('POST', `${admin}/client-scopes`, { name, protocol: 'openid-connect' });
    const all = (await keycloak.admin.done('GET', `${admin}/clients`)).json as readonly Shown[];
    return new RealKeycloakUpstream(
      keycloak,
      realm,
      proxy,
      mirror,
      all.map(({ id }) => id),
    );
  }

  async createForeign(clientId: string) {
    const secret = `of-${clientId}`;
    await this.#asAdmin('POST', '', foreign(clientId, secret));
    return { clientId, secret };
  }

  async createMarked(mark: Mark): Promise<void> {
    const { clientId, keyId, attributes } = markedClient(mark);
    await this.#asAdmin('POST', '', foreign(clientId, keyId, attributes));
  }

  async deleteClient(clientId: string): Promise<void> {
    await this.#asAdmin('DELETE', `/${this.#mirror.client(clientId)?.id}`);
  }

  /** Where a key of the operator's is written between this look and this write, it is written over. */
  async deleteCredential(clientId: string, keyId: string): Promise<void> {
    await this.simulator.alone(async () => {
      const { id, attributes } = this.#mirror.client(clientId) ?? {};
      const { keys } = JSON.parse(attributes?.['jwks.string'] ?? '{"keys":[]}') as {
        keys: { kid: string }[];
      };
      const left = JSON.stringify({ keys: keys.filter(({ kid }) => kid !== keyId) });
      await this.#asAdmin('PUT', `/${id}`, { attributes: { 'jwks.string': left } });
    });
  }

  /** The server shows at once what it has. */
  slow(latencyMs: number): void {
    this.simulator.setSwitches({ latencyMs });
  }

  rotateManagement(): void {
    throw new Error('the secret of the operator at a real Keycloak is replaced by no test');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const [known, real] = [this.#known(), await this.#real()];
    await this.simulator[Symbol.asyncDispose]();
    if (!isDeepStrictEqual(known, real))
      throw new Error(
        `Keycloak has ${JSON.stringify(real)}, and what has passed is ${JSON.stringify(known)}`,
      );
  }

  /** As an administrator, and seen as what passes. */
  async #asAdmin(method: 'POST' | 'PUT' | 'DELETE', path: string, json?: object): Promise<RawAnswer> {
    const target = `/admin/realms/${this.#realm.name}/clients${path}`;
    const answer = await this.#keycloak.admin.done(method, target, json);
    const { status, headers, text } = answer;
    this.#mirror.sees({ method, target, request: JSON.stringify(json ?? {}), status, headers, answer: text });
    return answer;
  }

  /** The keys of each client, in the order of clients. */
  #known(): Readonly<Record<string, readonly string[]>> {
    const all = this.#mirror.clients();
    const keys = all.map(({ clientId, keys: own }) => [clientId, own.map(({ keyId }) => keyId)] as const);
    return Object.fromEntries(keys.toSorted());
  }

  async #real(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { json } = await this.#keycloak.admin.done('GET', `/admin/realms/${this.#realm.name}/clients`);
    const all = (json as readonly Shown[]).filter(({ id }) => !this.#own.includes(id));
    const keys = all.map(
      ({ clientId, attributes }) => [clientId, keyIdsIn(attributes?.['jwks.string'])] as const,
    );
    return Object.fromEntries(keys.toSorted());
  }
}

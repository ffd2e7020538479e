import { issuedByOf, markIn } from '../../../../src/providers/keycloak/marking.ts';
import type { Clock } from '../../../../src/runtime/clock.ts';
import { KeycloakAccount, type KeycloakClient, keysIn } from '../../../simulators/keycloak/account.ts';
import { actInConsole, type KeycloakAction } from '../../../simulators/keycloak/console.ts';
import { errorReply } from '../../../simulators/keycloak/errors.ts';
import { keycloakRoutes } from '../../../simulators/keycloak/routes.ts';
import { keycloakSwitches } from '../../../simulators/keycloak/switches.ts';
import { keyOfLogin } from '../../../simulators/keycloak/tokens.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { Switches } from '../../../simulators/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { actOnCredentials } from './additive.ts';
import { answering, isRead, jsonOf, segmentsOf } from './memory.ts';
import {
  type ConsoleDeed,
  type ProviderName,
  type Style,
  trueMark,
  type TrueClient,
  type TrueMark,
  type Upstream,
  type UpstreamCall,
} from './upstream.ts';

const baseUrl = 'http://keycloak.simulated';
const realm = 'services';
const KEY_SET = 'jwks.string';

type Attributes = Readonly<Record<string, string | undefined>>;
const attributesIn = (body: Readonly<Record<string, unknown>>): Attributes =>
  (body['attributes'] ?? {}) as Attributes;

const markOf = (attributes: Attributes): TrueMark | undefined => {
  const released = attributes['machine-client.dev/released'];
  const full = markIn(released || attributes['machine-client.dev/mark'])?.full;
  return trueMark(full, Boolean(released), attributes['machine-client.dev/uid']);
};

const keyIdsIn = (set: string | undefined): readonly string[] => keysIn(set).map(({ kid }) => kid);

/** A credential is known by the id of its key, which stands in the Secret beside the private half. */
const show = (client: KeycloakClient): TrueClient => {
  const { clientId, createdAt, attributes, fields, defaultScopes, optionalScopes, mappers } = client;
  const { [KEY_SET]: set, ...others } = attributes;
  return {
    clientId,
    createdAt,
    mark: markOf(attributes),
    scopes: [...defaultScopes, ...optionalScopes].filter(
      (name) => name !== 'basic' && name !== 'service_account',
    ),
    active: fields['enabled'] === true,
    displayName: String(fields['name']),
    fields: JSON.stringify([fields, others, defaultScopes, optionalScopes, mappers]),
    credentials: keyIdsIn(set).map((keyId) => ({
      id: keyId,
      value: keyId,
      by: client.keysSince.get(keyId)?.by ?? 'api',
      createdAt: client.keysSince.get(keyId)?.at ?? createdAt,
      issuedBy: issuedByOf(keyId, undefined)?.operation,
    })),
  };
};

/** More than one pass over an object has steps. */
export const manyScopes = Array.from({ length: 30 }, (_, at) => `many:${at}`);

export class KeycloakUpstream implements Upstream {
  readonly name: ProviderName = 'keycloak';
  readonly style: Style = 'additive';
  readonly createsCredential: boolean = false;
  /** None is known. */
  readonly mostCredentials: number = Number.MAX_SAFE_INTEGER;
  readonly handle;
  protected readonly account: KeycloakAccount;
  readonly #switches = new Switches(keycloakSwitches, {});
  /** The client id, by the id in paths; of those that are gone, too, for a request may still name them. */
  readonly #seen = new Map<string, string>();

  constructor(clock: Clock, entropy: Entropy) {
    this.account = new KeycloakAccount({ clock, entropy, switches: this.#switches, realm });
    for (const name of ['read:invoices', 'write:invoices', 'admin']) this.account.addScope(name, true);
    // With ids that take nothing of the entropy that all the others are made of.
    for (const name of manyScopes) this.account.addScope(name, true, `id-of-${name}`);
    this.handle = answering(keycloakRoutes({ account: () => this.account, baseUrl: () => baseUrl }), () =>
      this.refuse(404),
    );
  }

  get spec() {
    const secretKeyRef = { name: `${this.name}-management`, key: 'secret' };
    const { clientId } = this.account.operator;
    const auth = { type: 'ClientCredentials', clientId, secretKeyRef };
    return { type: 'Keycloak', keycloak: { baseUrl, realm, auth } };
  }

  get login(): string {
    return this.account.operator.secret.value;
  }

  refuse(status: number) {
    return errorReply(undefined, status);
  }

  read(request: WireRequest): UpstreamCall {
    for (const client of this.account.clients()) this.#seen.set(client.id, client.clientId);
    // /admin/realms/REALM/clients/ID/PART/SCOPE
    const [first, , , kind, id, part] = segmentsOf(request);
    if (first !== 'admin') return this.#readLogin(new URLSearchParams(request.body));
    if (kind !== 'clients') return { kind: 'look', clientId: '' };
    if (isRead(request)) {
      const wanted = new URLSearchParams(request.path.split('?')[1]).get('clientId');
      return wanted === null ? { kind: 'list', clientId: '' } : { kind: 'look', clientId: wanted };
    }
    const client = id === undefined ? undefined : this.account.client(id);
    const clientId = this.#seen.get(id ?? '') ?? '';
    if (part !== undefined) return { kind: 'update', clientId };
    if (request.method === 'DELETE') return { kind: 'delete', clientId };
    const body = jsonOf(request);
    if (request.method === 'POST')
      return {
        kind: 'create',
        clientId: String(body['clientId']),
        owner: markOf(attributesIn(body))?.owner,
      };
    const { [KEY_SET]: set } = attributesIn(body);
    if (set === undefined) return { kind: 'update', clientId, owner: markOf(attributesIn(body))?.owner };
    const before = keyIdsIn(client?.attributes[KEY_SET]);
    const after = keyIdsIn(set);
    const credentialId = before.find((keyId) => !after.includes(keyId));
    return after.some((keyId) => !before.includes(keyId)) || credentialId === undefined
      ? { kind: 'mint', clientId }
      : { kind: 'retire', clientId, credentialId };
  }

  clients(): readonly TrueClient[] {
    return this.account.clients().map((client) => this.show(client));
  }

  client(id: string): TrueClient | undefined {
    const client = this.account.clientOf(id);
    return client && this.show(client);
  }

  accepts(clientId: string, value: string): boolean {
    return this.client(clientId)?.credentials.some((one) => one.value === value) === true;
  }

  isWhatIsAsked(): boolean {
    return true;
  }

  lifeOf(): undefined {}

  *issued(): Iterable<string> {
    for (const { value } of this.account.issued) yield value;
  }

  setSwitches(patch: Readonly<Record<string, unknown>>): void {
    this.#switches.set(patch);
  }

  actOn(clientId: string, deed: ConsoleDeed): void {
    const client = this.client(clientId);
    if (!client) return;
    const act = (action: KeycloakAction): void => this.act(action);
    if (deed === 'delete') act({ action: 'deleteClient', clientId });
    else if (deed === 'change')
      act({
        action: 'changeClient',
        clientId,
        // More would make it another kind of client, which nobody takes over.
        fields: { name: 'changed in the console', attributes: { 'access.token.lifespan': '77' } },
      });
    else if (
      !actOnCredentials(deed, {
        ids: client.credentials.map(({ id }) => id),
        most: this.mostCredentials,
        add: () => act({ action: 'addKey', clientId }),
        drop: (id) => this.dropCredential(clientId, id),
      })
    )
      throw new TypeError(`nobody does ${deed} at Keycloak`);
  }

  makeByHand(clientId: string) {
    actInConsole(this.account, {
      action: 'createClient',
      clientId,
      fields: { name: 'made by hand' },
    });
    return { clientId, value: '' };
  }

  dropCredential(clientId: string, keyId: string): void {
    if (this.client(clientId)?.credentials.some(({ id }) => id === keyId))
      actInConsole(this.account, { action: 'deleteKey', clientId, keyId });
  }

  replaceLogin(): void {
    actInConsole(this.account, { action: 'rotateManagementSecret' });
    this.endSessions();
  }

  endSessions(): void {
    actInConsole(this.account, { action: 'revokeManagementTokens' });
  }

  setQuota(): void {}

  setSubject(): void {}

  #readLogin(form: URLSearchParams): UpstreamCall {
    const clientId = form.get('client_id') ?? '';
    const client = this.account.clientOf(clientId);
    return client
      ? { kind: 'proof', clientId, proves: this.proofOf(client, form) }
      : { kind: form.has('client_assertion') ? 'proof' : 'login', clientId: '' };
  }

  protected act(action: KeycloakAction): void {
    actInConsole(this.account, action);
  }

  protected show(client: KeycloakClient): TrueClient {
    return show(client);
  }

  /** The credential that the client shows to have. */
  protected proofOf(client: KeycloakClient, form: URLSearchParams): string | undefined {
    const assertion = form.get('client_assertion');
    return assertion === null ? undefined : keyOfLogin(client, assertion);
  }
}

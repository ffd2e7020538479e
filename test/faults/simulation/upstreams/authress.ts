import type { Clock } from '../../../../src/runtime/clock.ts';
import {
  AuthressAccount,
  type AuthressClient,
  type AuthressKey,
} from '../../../simulators/authress/account.ts';
import { actInConsole, type AuthressAction } from '../../../simulators/authress/console.ts';
import { defaultErrorCode, errorReply } from '../../../simulators/authress/errors.ts';
import { parseJwt, publicHalf } from '../../../simulators/authress/key-pair.ts';
import { authressRoutes } from '../../../simulators/authress/routes.ts';
import { authressSwitches } from '../../../simulators/authress/switches.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { Switches } from '../../../simulators/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { actOnCredentials, writeOf } from './additive.ts';
import { answering, isRead, jsonOf, segmentsOf } from './memory.ts';
import {
  type ConsoleDeed,
  trueMark,
  type TrueClient,
  type TrueMark,
  type Upstream,
  type UpstreamCall,
} from './upstream.ts';

const baseUrl = 'http://authress.simulated';

const markIn = (tags: unknown): TrueMark | undefined => {
  const all = (tags ?? {}) as Readonly<Record<string, string | undefined>>;
  const [installation, namespace, name, released] = ['installation', 'namespace', 'name', 'released'].map(
    (part) => all[`machine-client.dev/${part}`],
  );
  return trueMark(
    `${installation}/${namespace}/${name}`,
    released !== undefined,
    all['machine-client.dev/uid'],
  );
};

/** Of a key of which only the public half came here. */
const hiddenValue = (name: string, publicKey: string): string =>
  `the key ${name} that no Secret holds: ${publicKey}`;

export class AuthressUpstream implements Upstream {
  readonly name = 'authress';
  readonly style = 'additive';
  readonly createsCredential = false;
  readonly mostCredentials = 5;
  readonly handle;
  readonly #account: AuthressAccount;
  readonly #switches = new Switches(authressSwitches, {});
  /** Access keys of which only the public half came here, as a Secret has shown them: by client and key. */
  readonly #shown = new Map<string, string>();

  constructor(clock: Clock, entropy: Entropy) {
    this.#account = new AuthressAccount({ clock, entropy, switches: this.#switches });
    this.handle = answering(authressRoutes({ account: () => this.#account, baseUrl: () => baseUrl }), () =>
      this.refuse(404),
    );
  }

  get spec() {
    const auth = { type: 'Secret', secretKeyRef: { name: 'authress-management', key: 'secret' } };
    return { type: 'Authress', authress: { baseUrl, auth }, clientPolicy: { impersonation: 'Allow' } };
  }

  get login(): string {
    return this.#account.managementKey;
  }

  refuse(status: number) {
    const members = this.#switches.current.errorMembers;
    return errorReply(status, defaultErrorCode(status), this.#account.errorId(), members);
  }

  read(request: WireRequest): UpstreamCall {
    if (request.path.endsWith('/oauth/tokens')) {
      const { client_id: clientId = '', client_secret: value } = jsonOf(request) as Record<string, string>;
      const key = this.#working(clientId).find(({ clientSecret }) => clientSecret?.value === value);
      return { kind: 'proof', clientId, proves: key?.keyId };
    }
    const [, , clientId = '', part, credentialId = ''] = segmentsOf(request);
    if (isRead(request)) {
      const key = this.#signedWith(clientId, request.headers['authorization']);
      if (key !== undefined) return { kind: 'proof', clientId, proves: key.keyId };
      return { kind: clientId === '' ? 'list' : 'look', clientId };
    }
    return writeOf(request, { clientId, part, credentialId }, ({ tags }) => markIn(tags));
  }

  clients(): readonly TrueClient[] {
    return this.#account.managed().map((client) => this.#show(client));
  }

  client(id: string): TrueClient | undefined {
    const client = this.#account.findClient(id);
    return client && this.#show(client);
  }

  accepts(clientId: string, value: string): boolean {
    const keys = this.#account.findClient(clientId)?.keys ?? [];
    return keys.some((key) => this.#valueOf(clientId, key) === value || this.#isOf(clientId, key, value));
  }

  isWhatIsAsked(spec: object, { keys }: { readonly keys: readonly string[] }): boolean {
    const { type } = (spec as { credential?: { type?: string } }).credential ?? {};
    return (type === 'KeyPair') === keys.includes('private-key');
  }

  unshown(clientId: string, value: string): string | undefined {
    const [id, keyId = '', , privateKey = ''] = value.split('.');
    return id === clientId ? hiddenValue(`${clientId}.${keyId}`, publicHalf(privateKey)) : undefined;
  }

  lifeOf(): undefined {}

  *issued(): Iterable<string> {
    for (const { value } of this.#account.issued) yield value;
    yield* this.#shown.values();
  }

  setSwitches(patch: Readonly<Record<string, unknown>>): void {
    this.#switches.set(patch);
  }

  actOn(clientId: string, deed: ConsoleDeed): void {
    const keys = this.#account.findClient(clientId)?.keys;
    if (!keys) return;
    const act = (action: AuthressAction): void => void actInConsole(this.#account, action);
    if (deed === 'delete') act({ action: 'deleteClient', clientId });
    else if (deed === 'change')
      act({ action: 'changeClient', clientId, fields: { name: 'changed in the console' } });
    else if (
      !actOnCredentials(deed, {
        ids: keys.map(({ keyId }) => keyId),
        most: this.mostCredentials,
        add: () => act({ action: 'addKey', clientId }),
        drop: (id) => this.dropCredential(clientId, id),
      })
    )
      throw new TypeError(`nobody does ${deed} at Authress`);
  }

  /** Without a key, as the console makes them. */
  makeByHand(clientId: string) {
    actInConsole(this.#account, { action: 'createClient', clientId, fields: { name: 'made by hand' } });
    return { clientId, value: '' };
  }

  dropCredential(clientId: string, keyId: string): void {
    const keys = this.#account.findClient(clientId)?.keys ?? [];
    if (keys.some((key) => key.keyId === keyId))
      actInConsole(this.#account, { action: 'deleteKey', clientId, keyId });
  }

  replaceLogin(): void {
    actInConsole(this.#account, { action: 'rotateManagementKey' });
  }

  /** Nobody issues them: they are signed by who sends them. */
  endSessions(): void {}

  setQuota(clients: number): void {
    this.#switches.set({ maxClients: clients });
  }

  setSubject(): void {}

  #show(client: AuthressClient): TrueClient {
    const { clientId, createdAt, name, options, rateLimits, tags, keys } = client;
    return {
      clientId,
      createdAt,
      mark: markIn(tags),
      scopes: undefined,
      active: true,
      displayName: (name ?? '').replace(/ ?\[[^\]]*\]$/, ''),
      fields: JSON.stringify([name, options, rateLimits, tags]),
      credentials: keys.map((key) => ({
        id: key.keyId,
        value: this.#valueOf(clientId, key),
        by: key.by,
        createdAt: key.generatedAt,
      })),
    };
  }

  #working(clientId: string): readonly AuthressKey[] {
    const client = this.#account.findClient(clientId);
    return client ? this.#account.workingKeys(client) : [];
  }

  #valueOf(clientId: string, { keyId, accessKey, publicKey }: AuthressKey): string {
    const name = `${clientId}.${keyId}`;
    return accessKey?.value ?? this.#shown.get(name) ?? hiddenValue(name, publicKey);
  }

  /** An access key of which the account knows the public half alone; from then on it is known by its value. */
  #isOf(clientId: string, { keyId, accessKey, publicKey }: AuthressKey, value: string): boolean {
    const name = `${clientId}.${keyId}`;
    if (accessKey !== null || this.#shown.has(name) || !value.startsWith(`${name}.`)) return false;
    if (publicHalf(value.split('.')[3] ?? '') !== publicKey) return false;
    this.#shown.set(name, value);
    return true;
  }

  /** The key that has signed the token with which a client asks for itself. */
  #signedWith(clientId: string, authorization: string | undefined): AuthressKey | undefined {
    if (clientId === '') return undefined;
    const jwt = parseJwt((authorization ?? '').replace(/^Bearer /, ''));
    const key = this.#working(clientId).find(({ keyId }) => keyId === jwt?.header['kid']);
    return key && jwt?.isSignedBy(key.publicKey) === true ? key : undefined;
  }
}

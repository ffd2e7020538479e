import type { Clock } from '../../../../src/runtime/clock.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { StytchAccount, type StytchClient } from '../../../simulators/stytch/account.ts';
import { actInConsole } from '../../../simulators/stytch/console.ts';
import { managementError } from '../../../simulators/stytch/errors.ts';
import { stytchRoutes } from '../../../simulators/stytch/routes.ts';
import { stytchSwitches } from '../../../simulators/stytch/switches.ts';
import { Switches } from '../../../simulators/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { answering, jsonOf, segmentsOf } from './memory.ts';
import {
  type ConsoleDeed,
  trueMark,
  type TrueClient,
  type TrueMark,
  type Upstream,
  type UpstreamCall,
} from './upstream.ts';

/** Nobody reads the tokens, and a real signature would cost more than the schedule. */
const key = { sign: () => Promise.resolve('token'), publicJwk: () => Promise.resolve({}) };

const markIn = (metadata: unknown): TrueMark | undefined => {
  const mark = (metadata as Record<string, unknown> | undefined)?.['machine-client.dev'] as
    | { owner?: string; released?: boolean; uid?: string }
    | undefined
    | null;
  return trueMark(mark?.owner, mark?.released === true, mark?.uid);
};

const show = (client: StytchClient): TrueClient => {
  const { name, description, scopes, status, current, next } = client;
  return {
    clientId: client.clientId,
    createdAt: client.createdAt,
    mark: markIn(client.trustedMetadata),
    scopes,
    active: status === 'active',
    displayName: name,
    fields: JSON.stringify([name, description, scopes, status]),
    credentials: (next ? [current, next] : [current]).map(({ value, by, issuedAt }) => ({
      id: value.slice(-4),
      value,
      by,
      createdAt: issuedAt,
    })),
  };
};

export class StytchUpstream implements Upstream {
  readonly name = 'stytch';
  readonly style = 'two-phase';
  readonly createsCredential = true;
  readonly mostCredentials = 2;
  readonly handle;
  readonly #account: StytchAccount;
  readonly #switches = new Switches(stytchSwitches, {});

  constructor(clock: Clock, entropy: Entropy) {
    this.#account = new StytchAccount({ clock, entropy, switches: this.#switches });
    this.handle = answering(
      stytchRoutes(() => this.#account, key),
      () => this.refuse(404),
    );
  }

  get spec() {
    return {
      type: 'Stytch',
      stytch: {
        projectId: this.#account.project.id,
        baseUrl: 'http://stytch.simulated',
        auth: { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } },
      },
    };
  }

  get login(): string {
    return this.#account.project.secret.value;
  }

  refuse(status: number) {
    const type =
      status === 404 ? 'route_not_found' : status === 429 ? 'too_many_requests' : 'internal_server_error';
    return managementError(status, type, this.#account.requestId());
  }

  read(request: WireRequest): UpstreamCall {
    const [, , , id = '', ...rest] = segmentsOf(request);
    const { method, path } = request;
    if (path.endsWith('/oauth2/token')) {
      const form = new URLSearchParams(request.body);
      const clientId = form.get('client_id') ?? '';
      const value = form.get('client_secret') ?? '';
      const opens = this.#account.findClient(clientId)?.status === 'active' && this.accepts(clientId, value);
      return { kind: 'proof', clientId, proves: opens ? value.slice(-4) : undefined };
    }
    switch (rest.join('/')) {
      case 'secrets/rotate/start':
        return { kind: 'start', clientId: id };
      case 'secrets/rotate/cancel':
        return { kind: 'cancel', clientId: id };
      case 'secrets/rotate':
        return { kind: 'promote', clientId: id };
    }
    if (method === 'PUT') {
      const owner = markIn(jsonOf(request)['trusted_metadata'])?.owner;
      return { kind: 'update', clientId: id, owner };
    }
    if (method === 'DELETE') return { kind: 'delete', clientId: id };
    if (method === 'GET') return { kind: 'look', clientId: id };
    if (id === 'search') return { kind: 'list', clientId: '' };
    const body = jsonOf(request);
    return {
      kind: 'create',
      clientId: typeof body['client_id'] === 'string' ? body['client_id'] : '',
      owner: markIn(body['trusted_metadata'])?.owner,
    };
  }

  clients(): readonly TrueClient[] {
    return [...this.#account.allClients()].map(show);
  }

  client(id: string): TrueClient | undefined {
    const client = this.#account.findClient(id);
    return client && show(client);
  }

  accepts(clientId: string, value: string): boolean {
    const client = this.#account.findClient(clientId);
    return client !== undefined && (client.current.value === value || client.next?.value === value);
  }

  isWhatIsAsked(): boolean {
    return true;
  }

  lifeOf(): undefined {}

  *issued(): Iterable<string> {
    for (const { value } of this.#account.issued) yield value;
  }

  setSwitches(patch: Readonly<Record<string, unknown>>): void {
    this.#switches.set(patch);
  }

  actOn(clientId: string, deed: ConsoleDeed): void {
    const next = this.#account.findClient(clientId)?.next;
    if (next === undefined) return;
    const act = (action: 'rotateStart' | 'rotate' | 'rotateCancel'): void =>
      void actInConsole(this.#account, { action, clientId });
    switch (deed) {
      case 'delete':
        actInConsole(this.#account, { action: 'deleteClient', clientId });
        return;
      case 'change':
        actInConsole(this.#account, {
          action: 'changeClient',
          clientId,
          fields: { client_name: 'changed in the console', scopes: ['write:all'] },
        });
        return;
      case 'start':
        if (!next) act('rotateStart');
        return;
      case 'promote':
        if (next) act('rotate');
        return;
      case 'cancel':
        if (next) act('rotateCancel');
        return;
      case 'rotate':
        if (!next) act('rotateStart');
        act('rotate');
        return;
      default:
        throw new TypeError(`nobody does ${deed} at Stytch`);
    }
  }

  makeByHand(clientId: string) {
    const fields = { client_id: clientId, client_name: 'made by hand', scopes: ['read:invoices'] };
    actInConsole(this.#account, { action: 'createClient', fields });
    return { clientId, value: this.#account.findClient(clientId)?.current.value ?? '' };
  }

  /** Only that of an open rotation can go alone. */
  dropCredential(clientId: string): void {
    actInConsole(this.#account, { action: 'rotateCancel', clientId });
  }

  replaceLogin(): void {
    actInConsole(this.#account, { action: 'rotateManagementSecret' });
  }

  /** Each request logs in for itself. */
  endSessions(): void {}

  setQuota(clients: number): void {
    this.#switches.set({ maxClients: clients });
  }

  setSubject(): void {}
}

import type { Clock } from '../../../../src/runtime/clock.ts';
import { parseDescription } from '../../../../src/providers/scalekit/description-mark.ts';
import {
  ScalekitAccount,
  type ScalekitClient,
  type ScalekitSecret,
} from '../../../simulators/scalekit/account.ts';
import { actInConsole, type ScalekitAction } from '../../../simulators/scalekit/console.ts';
import { routingError, rowOf, statusError } from '../../../simulators/scalekit/errors.ts';
import { scalekitRoutes } from '../../../simulators/scalekit/routes.ts';
import { scalekitSwitches } from '../../../simulators/scalekit/switches.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { Switches } from '../../../simulators/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { actOnCredentials, writeOf } from './additive.ts';
import { answering, isRead, segmentsOf } from './memory.ts';
import {
  type ConsoleDeed,
  trueMark,
  type TrueClient,
  type TrueMark,
  type Upstream,
  type UpstreamCall,
} from './upstream.ts';

/** Each is a partition of its own. */
export const organizations = ['org_70000000000000001', 'org_70000000000000002'] as const;

const markIn = (description: unknown): TrueMark | undefined => {
  if (typeof description !== 'string') return undefined;
  const { mark, released, uid } = parseDescription(description);
  return trueMark(mark?.full, released, uid);
};

const show = ({ clientId, createdAt, organizationId, fields, secrets }: ScalekitClient): TrueClient => ({
  clientId,
  createdAt,
  mark: markIn(fields.description),
  scopes: fields.scopes,
  active: true,
  organization: organizationId,
  displayName: fields.name,
  fields: JSON.stringify(fields),
  credentials: secrets.map(({ id, issued }) => ({
    id,
    value: issued.value,
    by: issued.by,
    createdAt: issued.issuedAt,
  })),
});

export class ScalekitUpstream implements Upstream {
  readonly name = 'scalekit';
  readonly style = 'additive';
  readonly createsCredential = true;
  readonly mostCredentials = 5;
  readonly handle;
  readonly #account: ScalekitAccount;
  readonly #switches = new Switches(scalekitSwitches, {});

  constructor(clock: Clock, entropy: Entropy) {
    this.#account = new ScalekitAccount({ clock, entropy, switches: this.#switches, organizations });
    // A real signature would cost more than the schedule; but each token is another one, for some have ended.
    const sign = () => Promise.resolve(`token-${entropy(24).toString('base64url')}`);
    const key = { sign, publicJwk: () => Promise.resolve({}) };
    this.handle = answering(
      scalekitRoutes(() => this.#account, key),
      () => routingError(404),
    );
  }

  get spec() {
    const { clientId } = this.#account;
    const secretKeyRef = { name: 'scalekit-management', key: 'secret' };
    return {
      type: 'Scalekit',
      scalekit: {
        environmentUrl: 'http://scalekit.simulated',
        auth: { type: 'Secret', clientId, secretKeyRef },
      },
    };
  }

  get login(): string {
    return this.#account.managementSecret;
  }

  refuse(status: number) {
    return statusError(rowOf(status, undefined), 'code', this.#account.id('req'));
  }

  read(request: WireRequest): UpstreamCall {
    if (request.path.endsWith('/oauth/token')) return this.#readToken(new URLSearchParams(request.body));
    const [, , , , , clientId = '', part, credentialId = ''] = segmentsOf(request);
    if (isRead(request)) return { kind: clientId === '' ? 'list' : 'look', clientId };
    return writeOf(request, { clientId, part, credentialId }, ({ description }) => markIn(description));
  }

  clients(): readonly TrueClient[] {
    return [...this.#account.allClients()].map(show);
  }

  client(id: string): TrueClient | undefined {
    const client = this.#account.findClient(id);
    return client && show(client);
  }

  accepts(clientId: string, value: string): boolean {
    return this.#find(clientId, value) !== undefined;
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
    const client = this.#account.findClient(clientId);
    if (!client) return;
    const act = (action: ScalekitAction): void => void actInConsole(this.#account, action);
    if (deed === 'delete') act({ action: 'deleteClient', clientId });
    else if (deed === 'change')
      act({
        action: 'changeClient',
        clientId,
        fields: { name: 'changed in the console', scopes: ['write:all'] },
      });
    else if (
      !actOnCredentials(deed, {
        ids: client.secrets.map(({ id }) => id),
        most: this.#switches.current.maxSecrets,
        add: () => act({ action: 'addSecret', clientId }),
        drop: (id) => this.dropCredential(clientId, id),
      })
    )
      throw new TypeError(`nobody does ${deed} at Scalekit`);
  }

  makeByHand(_: string, { organizationId }: Readonly<Record<string, unknown>>) {
    const made = actInConsole(this.#account, {
      action: 'createClient',
      organizationId: String(organizationId),
      fields: { name: 'made by hand', scopes: ['read:invoices'] },
    });
    const { clientId, secret } = made as { clientId: string; secret: string };
    return { clientId, value: secret };
  }

  /** The last one stays. */
  dropCredential(clientId: string, secretId: string): void {
    const secrets = this.#account.findClient(clientId)?.secrets ?? [];
    if (secrets.length > 1 && secrets.some(({ id }) => id === secretId))
      actInConsole(this.#account, { action: 'deleteSecret', clientId, secretId });
  }

  replaceLogin(): void {
    actInConsole(this.#account, { action: 'rotateManagementSecret' });
    this.endSessions();
  }

  endSessions(): void {
    actInConsole(this.#account, { action: 'expireTokens' });
  }

  /** A client takes fewer credentials than is documented. */
  setQuota(credentials: number): void {
    this.#switches.set({ maxSecrets: credentials === 0 ? this.mostCredentials : credentials });
  }

  setSubject(): void {}

  #readToken(form: URLSearchParams): UpstreamCall {
    const clientId = form.get('client_id') ?? '';
    if (clientId === this.#account.clientId) return { kind: 'login', clientId: '' };
    const proves = this.#find(clientId, form.get('client_secret') ?? '')?.id;
    return { kind: 'proof', clientId, proves };
  }

  #find(clientId: string, value: string): ScalekitSecret | undefined {
    return this.#account.findClient(clientId)?.secrets.find(({ issued }) => issued.value === value);
  }
}

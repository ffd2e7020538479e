import type { Clock } from '../../../../src/runtime/clock.ts';
import { PlastiqAccount } from '../../../simulators/plastiq/account.ts';
import { actInConsole } from '../../../simulators/plastiq/console.ts';
import { errorReply } from '../../../simulators/plastiq/errors.ts';
import { plastiqRoutes } from '../../../simulators/plastiq/routes.ts';
import { plastiqSwitches } from '../../../simulators/plastiq/switches.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { Switches } from '../../../simulators/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { NAMESPACE } from '../schedule.ts';
import { answering, isRead } from './memory.ts';
import type { TrueClient, Upstream, UpstreamCall } from './upstream.ts';

export const payer = '5f0c6b0e-3c1d-4c59-9d0b-9d0c8f0c7a11';

interface Asked {
  readonly version?: 'V1' | 'V2';
  readonly payerId?: string;
  readonly endUser?: { readonly deviceId?: string };
}

/** There are no clients. In the schedules each object names itself as the device that it asks for. */
export class PlastiqUpstream implements Upstream {
  readonly name = 'plastiq';
  readonly style = 'ephemeral';
  readonly createsCredential = true;
  readonly mostCredentials = Number.POSITIVE_INFINITY;
  readonly spec = {
    type: 'Plastiq',
    plastiq: {
      environment: 'Sandbox',
      baseUrl: 'http://plastiq.simulated/api',
      auth: { type: 'Secret', secretKeyRef: { name: 'plastiq-management', key: 'secret' } },
    },
  };
  readonly handle;
  readonly #account: PlastiqAccount;
  readonly #switches = new Switches(plastiqSwitches, {});

  constructor(clock: Clock, entropy: Entropy) {
    this.#account = new PlastiqAccount({ clock, entropy, switches: this.#switches, payerId: payer });
    this.handle = answering(
      plastiqRoutes(() => this.#account),
      () => this.refuse(404),
    );
  }

  get login(): string {
    return this.#account.newestKey.value;
  }

  refuse(status: number) {
    return errorReply(this.#switches.current, this.#account.uuid(), status);
  }

  read(request: WireRequest): UpstreamCall {
    if (isRead(request)) return { kind: 'login', clientId: '' };
    const [name] = (request.headers['end-user-device-id'] ?? '').split(':');
    return { kind: 'issue', clientId: '', owner: `${NAMESPACE}/${name}` };
  }

  clients(): readonly TrueClient[] {
    return [];
  }

  client(): undefined {}

  accepts(_clientId: string, value: string): boolean {
    return this.#account.clock.now() < (this.#account.findSecret(value)?.expiresAt ?? 0);
  }

  isWhatIsAsked(spec: object, { value }: { readonly value: string }): boolean {
    const { version = 'V2', payerId, endUser } = (spec as { plastiq?: Asked }).plastiq ?? {};
    const issued = this.#account.findSecret(value);
    return (
      issued?.version === version &&
      issued.payerId === (payerId ?? null) &&
      issued.endUser.deviceId === (endUser?.deviceId ?? null)
    );
  }

  lifeOf(value: string): number | undefined {
    const issued = this.#account.findSecret(value);
    return issued && issued.expiresAt - issued.issuedAt;
  }

  *issued(): Iterable<string> {
    for (const { value } of this.#account.issued) yield value;
  }

  setSwitches(patch: Readonly<Record<string, unknown>>): void {
    this.#switches.set(patch);
  }

  actOn(): void {
    throw new TypeError('there are no clients at Plastiq');
  }

  dropCredential(): void {
    throw new TypeError('there are no clients at Plastiq');
  }

  /** As many as two may be alive. */
  replaceLogin(): void {
    actInConsole(this.#account, { action: 'revokeApiKey' });
    actInConsole(this.#account, { action: 'rotateApiKey' });
  }

  endSessions(): void {}

  setQuota(): void {}

  setSubject(present: boolean): void {
    const isThere = this.#account.payers.has(payer);
    if (present && !isThere) actInConsole(this.#account, { action: 'createPayer', payerId: payer });
    if (!present && isThere) actInConsole(this.#account, { action: 'deletePayer', payerId: payer });
  }
}

import { issuedByOf, markOf } from '../../../../src/providers/vaultapprole/marking.ts';
import type { Clock } from '../../../../src/runtime/clock.ts';
import type { Entropy } from '../../../simulators/simulator.ts';
import { Switches } from '../../../simulators/switches.ts';
import { VaultAccount, type VaultRole } from '../../../simulators/vaultapprole/account.ts';
import { actInConsole, type VaultAction } from '../../../simulators/vaultapprole/console.ts';
import { errorReply, nothing, textOf } from '../../../simulators/vaultapprole/errors.ts';
import { vaultRoutes } from '../../../simulators/vaultapprole/routes.ts';
import { vaultSwitches } from '../../../simulators/vaultapprole/switches.ts';
import type { WireRequest } from '../exchange.ts';
import { actOnCredentials } from './additive.ts';
import { answering, isRead, jsonOf, segmentsOf } from './memory.ts';
import { type ConsoleDeed, trueMark, type TrueClient, type Upstream, type UpstreamCall } from './upstream.ts';

const operatorMountPath = 'operators';

const show = (account: VaultAccount, role: VaultRole): TrueClient => {
  const { name, roleId, createdAt, secretIds: _, createdBy: __, ...fields } = role;
  return {
    clientId: name,
    createdAt,
    mark: trueMark(markOf(name, roleId)?.full, false, undefined),
    scopes: undefined,
    active: true,
    displayName: '',
    fields: JSON.stringify(fields),
    credentials: account.alive(role).map(({ accessor, secret, metadata }) => ({
      id: accessor,
      value: secret.value,
      by: secret.by,
      createdAt: secret.issuedAt,
      issuedBy: issuedByOf(metadata)?.operation,
    })),
  };
};

export class VaultAppRoleUpstream implements Upstream {
  readonly name = 'vaultapprole';
  readonly style = 'additive';
  readonly createsCredential = false;
  /** None is known. */
  readonly mostCredentials = Number.MAX_SAFE_INTEGER;
  readonly listsNames = true;
  readonly handle;
  readonly #account: VaultAccount;
  readonly #switches = new Switches(vaultSwitches, {});

  constructor(clock: Clock, entropy: Entropy) {
    this.#account = new VaultAccount({ clock, entropy, switches: this.#switches });
    const place = { namespace: '', mountPath: 'approle', operatorMountPath };
    this.handle = answering(vaultRoutes({ ...place, account: () => this.#account }), () => nothing);
  }

  get spec() {
    const auth = {
      type: 'AppRole',
      roleId: this.#account.operatorRoleId,
      mountPath: operatorMountPath,
      secretKeyRef: { name: `${this.name}-management`, key: 'secret' },
    };
    return { type: 'VaultAppRole', vaultAppRole: { address: 'http://vault.simulated', auth } };
  }

  get login(): string {
    return this.#account.operatorSecretId;
  }

  refuse(status: number) {
    return errorReply(status, textOf(status));
  }

  read(request: WireRequest): UpstreamCall {
    // /v1/auth/approle/role/NAME/PART/DEED
    const [, , mount, kind, clientId = '', part, deed] = segmentsOf(request);
    if (mount === operatorMountPath) return { kind: 'login', clientId: '' };
    if (kind === 'login') return this.#readLogin(jsonOf(request));
    // The token of a proof, which ends itself.
    if (kind !== 'role') return { kind: 'proof', clientId: '' };
    if (isRead(request)) return { kind: clientId === '' ? 'list' : 'look', clientId };
    if (deed === 'lookup') return { kind: 'look', clientId };
    if (deed === 'destroy')
      return {
        kind: 'retire',
        clientId,
        credentialId: String(jsonOf(request)['secret_id_accessor']),
      };
    if (part === 'secret-id') return { kind: 'mint', clientId };
    if (request.method === 'DELETE') return { kind: 'delete', clientId };
    const { owner } =
      trueMark(markOf(clientId, String(jsonOf(request)['role_id']))?.full, false, undefined) ?? {};
    // One and the same call: what it is about says what was meant.
    const upserts = this.#account.findRole(clientId) ? 'update' : 'create';
    return { kind: upserts, clientId, owner, isUpsert: true };
  }

  clients(): readonly TrueClient[] {
    return this.#account.roles().map((role) => show(this.#account, role));
  }

  client(id: string): TrueClient | undefined {
    const role = this.#account.findRole(id);
    return role && show(this.#account, role);
  }

  accepts(clientId: string, value: string): boolean {
    return this.client(clientId)?.credentials.some((one) => one.value === value) === true;
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
    const role = this.#account.findRole(clientId);
    if (!role) return;
    const act = (action: VaultAction): void => void actInConsole(this.#account, action);
    if (deed === 'delete') act({ action: 'deleteClient', clientId });
    else if (deed === 'change')
      act({ action: 'changeClient', clientId, fields: { token_policies: ['changed'], token_ttl: 7 } });
    else if (
      !actOnCredentials(deed, {
        ids: this.#account.alive(role).map(({ accessor }) => accessor),
        most: this.mostCredentials,
        add: () => act({ action: 'addSecretId', clientId }),
        drop: (id) => this.dropCredential(clientId, id),
      })
    )
      throw new TypeError(`nobody does ${deed} at Vault`);
  }

  dropCredential(clientId: string, accessor: string): void {
    const role = this.#account.findRole(clientId);
    if (role?.secretIds.some((one) => one.accessor === accessor))
      actInConsole(this.#account, { action: 'deleteSecretId', clientId, accessor });
  }

  replaceLogin(): void {
    actInConsole(this.#account, { action: 'rotateOperatorSecretId' });
    this.endSessions();
  }

  endSessions(): void {
    actInConsole(this.#account, { action: 'revokeManagementTokens' });
  }

  setQuota(): void {}

  setSubject(): void {}

  #readLogin({ role_id: roleId, secret_id: value }: Readonly<Record<string, unknown>>): UpstreamCall {
    const role = this.#account.roleOfId(String(roleId));
    const proves = role?.secretIds.find(({ secret }) => secret.value === value)?.accessor;
    return { kind: 'proof', clientId: role?.name ?? '', proves };
  }
}

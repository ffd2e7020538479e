import type { KnownRole, KnownSecretId } from '../../helpers/upstreams/vault-upstream.ts';
import type { TrueSecret } from '../../helpers/upstreams/upstream.ts';
import type { Passed } from '../fault-proxy.ts';

type Json = Readonly<Record<string, unknown>>;

interface Role extends KnownRole {
  roleId: string;
  fields: Json;
  secretIds: readonly KnownSecretId[];
}

const parsed = (text: string): Json => (text === '' ? {} : (JSON.parse(text) as Json));
const textIn = (value: Json, name: string): string => String(value[name] ?? '');

/**
 * What a mount of a real Vault holds, made of what has passed on the way to it: the server itself shows no value of a secret
 * id, and has to be asked. `rig.ts` and its like ask it; this one knows at any moment what was done last.
 */
export class VaultMirror {
  readonly #prefix: string;
  readonly #roles = new Map<string, Role>();
  readonly #issued: { clientId: string; accessor: string; value: string; revokedAt: number | null }[] = [];

  constructor(mountPath: string) {
    this.#prefix = `/v1/auth/${mountPath}/role/`;
  }

  roles(): readonly KnownRole[] {
    return [...this.#roles.values()];
  }

  issued(): readonly TrueSecret[] {
    return this.#issued;
  }

  readonly sees = ({ method, target, request, status, answer }: Passed): void => {
    const path = target.split('?')[0] ?? '';
    if (status >= 300 || !path.startsWith(this.#prefix)) return;
    const [name = '', ...call] = path.slice(this.#prefix.length).split('/');
    const id = decodeURIComponent(name).toLowerCase();
    const role = this.#roles.get(id);
    switch (`${method} ${call.join('/')}`) {
      case 'POST ':
        return this.#written(id, parsed(request));
      case 'DELETE ':
        for (const { accessor } of role?.secretIds ?? []) this.#ended(id, accessor);
        this.#roles.delete(id);
        return;
      case 'GET role-id':
        if (role) role.roleId = textIn(parsed(answer)['data'] as Json, 'role_id');
        return;
      case 'POST secret-id':
        return this.#minted(id, parsed(request), parsed(answer)['data'] as Json);
      case 'POST secret-id-accessor/destroy':
        return this.#ended(id, textIn(parsed(request), 'secret_id_accessor'));
    }
  };

  #written(clientId: string, { role_id: roleId, ...fields }: Json): void {
    const present = this.#roles.get(clientId);
    const role = present ?? { clientId, roleId: '', createdAt: Date.now(), fields: {}, secretIds: [] };
    role.fields = { ...role.fields, ...fields };
    if (typeof roleId === 'string') role.roleId = roleId;
    this.#roles.set(clientId, role);
  }

  #minted(clientId: string, request: Json, answer: Json): void {
    const [accessor, secretId] = [textIn(answer, 'secret_id_accessor'), textIn(answer, 'secret_id')];
    const metadata = parsed(textIn(request, 'metadata')) as Readonly<Record<string, string>>;
    this.#issued.push({ clientId, accessor, value: secretId, revokedAt: null });
    const role = this.#roles.get(clientId);
    if (role) role.secretIds = [...role.secretIds, { accessor, secretId, metadata, createdAt: Date.now() }];
  }

  #ended(clientId: string, accessor: string): void {
    const role = this.#roles.get(clientId);
    if (role) role.secretIds = role.secretIds.filter((one) => one.accessor !== accessor);
    for (const one of this.#issued) if (one.accessor === accessor) one.revokedAt ??= Date.now();
  }
}

import { type Call, isShown, type Reply, type Route } from '../provider.ts';
import { authorize, inNamespace, type Right, tokenOf } from './access.ts';
import type { VaultAccount, VaultRole } from './account.ts';
import { dataErrorReply, errorReply, nothing, VaultFailure } from './errors.ts';
import { fieldsOf, metadataOf, roleFieldsOf, secondsOf, textOf } from './fields.ts';
import { kubernetes, kubernetesLogin, login, operatorLogin, roleOfLogin } from './login.ts';
import { newSecretIdToWire, roleToWire, secretIdToWire, withData } from './wire.ts';

type VaultOperation =
  | 'list'
  | 'getRole'
  | 'getRoleId'
  | 'writeRole'
  | 'deleteRole'
  | 'listSecretIds'
  | 'issueSecretId'
  | 'customSecretId'
  | 'lookupSecretId'
  | 'destroySecretId'
  | 'login'
  | 'operatorLogin'
  | 'kubernetesLogin'
  | 'lookupSelf'
  | 'revokeSelf';

/** What stands behind the routes now; a function, because a reset replaces the account. */
export interface Behind {
  readonly account: () => VaultAccount;
  readonly namespace: string;
  readonly mountPath: string;
  /** Where the operator's own role is. */
  readonly operatorMountPath: string;
}

/** What a call does: its value is the body of a 200; undefined: 204. A Reply is sent as it is. */
type Work = (account: VaultAccount, call: Call) => unknown;

const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' && value !== null && 'status' in value && 'body' in value;

/** The path parameter; the router has made sure that it is there. */
const nameOf = (call: Call): string => call.params.client_id ?? '';

/** Where there is none, Vault says the same sentence with another status at each path. */
const roleOf = (account: VaultAccount, call: Call, otherwise: number): VaultRole => {
  const role = account.findRole(nameOf(call));
  if (role === undefined) throw new VaultFailure('role_not_found', nameOf(call), otherwise);
  return role;
};

const keysOf = (account: VaultAccount, keys: readonly string[]): unknown =>
  keys.length === 0 && account.switches.emptyLists === 'not-found' ? nothing : withData({ keys });

/** What a LIST asks for, as a GET says it. */
const asksForList = ({ query }: Call): boolean => query.get('list') === 'true';

/** As a read finds it. */
const shown = (account: VaultAccount, name: string): VaultRole | undefined => {
  const role = account.findRole(name);
  return role && isShown(role.createdAt, account.clock.now(), account.switches.readLagMs) ? role : undefined;
};

const list: Work = (account, call) => {
  if (!asksForList(call)) throw new VaultFailure('unsupported_operation');
  return keysOf(
    account,
    account
      .roles()
      .map(({ name }) => name)
      .filter((name) => shown(account, name))
      .toSorted(),
  );
};

const getRole: Work = (account, call) => {
  const role = shown(account, nameOf(call));
  return role ? withData(roleToWire(account, role)) : nothing;
};

const getRoleId: Work = (account, call) => {
  const role = shown(account, nameOf(call));
  return role ? withData({ role_id: role.roleId }) : nothing;
};

const writeRole: Work = (account, call) => {
  const fields = fieldsOf(call.body);
  account.writeRole(nameOf(call), roleFieldsOf(fields), textOf(fields, 'role_id') || undefined, 'api');
};

const listSecretIds: Work = (account, call) => {
  if (!asksForList(call)) throw new VaultFailure('unsupported_operation');
  const role = roleOf(account, call, 400);
  const accessors = account.alive(role).map(({ accessor }) => accessor);
  // In the order of hashes, which says nothing.
  return keysOf(account, accessors.toSorted());
};

const issueSecretId =
  (chosen: boolean): Work =>
  (account, call) => {
    const role = roleOf(account, call, 404);
    const fields = fieldsOf(call.body);
    const made = account.addSecretId(role, 'api', {
      value: chosen ? textOf(fields, 'secret_id') : undefined,
      metadata: metadataOf(fields),
      ...(fields.ttl !== undefined && { ttlSeconds: secondsOf(fields.ttl) }),
    });
    return withData(newSecretIdToWire(made, role));
  };

const accessorOf = (call: Call): string => textOf(fieldsOf(call.body), 'secret_id_accessor');

const lookupSecretId: Work = (account, call) => {
  const role = roleOf(account, call, 500);
  const accessor = accessorOf(call);
  const found = account.alive(role).find((one) => one.accessor === accessor);
  if (found) return withData(secretIdToWire(account, found, role));
  const { message } = new VaultFailure('accessor_not_found', accessor);
  return dataErrorReply(404, message);
};

const destroySecretId: Work = (account, call) => {
  const accessor = accessorOf(call);
  const { destroyUnknown } = account.switches;
  if (!account.removeSecretId(roleOf(account, call, 500), accessor))
    throw new VaultFailure('accessor_not_found', accessor, destroyUnknown === 'not-found' ? 404 : 500);
};

const lookupSelf: Work = (account, call) => {
  const token = tokenOf(account, call);
  if (!token) throw new VaultFailure('permission_denied');
  return withData({ accessor: token.accessor, meta: { role_name: token.roleName } });
};

const revokeSelf: Work = (account, call) => {
  const token = tokenOf(account, call);
  if (!token) throw new VaultFailure('permission_denied');
  account.revoke(token.secret.value);
};

/** Does the work and gives the answer in Vault's shape. */
const answer = (account: VaultAccount, call: Call, work: Work): Reply => {
  try {
    if (account.switches.sealed) throw new VaultFailure('sealed');
    const body = work(account, call);
    if (isReply(body)) return body;
    return body === undefined ? { status: 204, body } : { status: 200, body };
  } catch (error) {
    if (!(error instanceof VaultFailure)) throw error;
    return error.word === 'role_not_found' && account.switches.goneRole === 'data'
      ? dataErrorReply(error.status, error.message)
      : errorReply(error.status, error.message);
  }
};

export const vaultRoutes = ({
  account,
  namespace,
  mountPath,
  operatorMountPath,
}: Behind): readonly Route[] => {
  const route = (
    operation: VaultOperation,
    method: string,
    path: string,
    access: Route['access'],
    work: Work,
  ): Route => ({
    operation,
    method,
    path: `/v1/auth/${path}`,
    access,
    handle: (call) =>
      answer(account(), call, (present) => {
        if (!inNamespace(call, namespace)) throw new VaultFailure('no_handler', `auth/${path}`);
        return work(present, call);
      }),
  });
  const management = (
    operation: VaultOperation,
    method: string,
    path: string,
    right: Right,
    work: Work,
  ): Route =>
    route(operation, method, `${mountPath}/${path}`, 'management', (present, call) => {
      authorize(present, call, right);
      return work(present, call);
    });
  const one = 'role/:client_id';
  return [
    management('list', 'GET', 'role', 'roles', list),
    management('getRole', 'GET', one, 'roles', getRole),
    management('writeRole', 'POST', one, 'roles', writeRole),
    management('deleteRole', 'DELETE', one, 'roles', (present, call) => present.removeRole(nameOf(call))),
    management('getRoleId', 'GET', `${one}/role-id`, 'secret-ids', getRoleId),
    management('listSecretIds', 'GET', `${one}/secret-id`, 'secret-ids', listSecretIds),
    management('issueSecretId', 'POST', `${one}/secret-id`, 'secret-ids', issueSecretId(false)),
    management('customSecretId', 'POST', `${one}/custom-secret-id`, 'secret-ids', issueSecretId(true)),
    management('lookupSecretId', 'POST', `${one}/secret-id-accessor/lookup`, 'secret-ids', lookupSecretId),
    management('destroySecretId', 'POST', `${one}/secret-id-accessor/destroy`, 'secret-ids', destroySecretId),
    {
      ...route('login', 'POST', `${mountPath}/login`, 'public', login),
      subject: (call) => roleOfLogin(account(), call),
    },
    route('operatorLogin', 'POST', `${operatorMountPath}/login`, 'public', operatorLogin),
    route('kubernetesLogin', 'POST', `${kubernetes.mountPath}/login`, 'public', kubernetesLogin),
    route('lookupSelf', 'GET', 'token/lookup-self', 'public', lookupSelf),
    route('revokeSelf', 'POST', 'token/revoke-self', 'public', revokeSelf),
  ];
};

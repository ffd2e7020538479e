import type { Call } from '../../simulators/provider.ts';
import type { ProxiedApi } from '../fault-proxy.ts';

const MOUNT = '/v1/auth/:mount';
const ROLE = `${MOUNT}/role/:client_id`;

/** A login names its role by the id of it. */
const roleId = ({ body }: Call): string | undefined => {
  const value = body.kind === 'json' ? body.value : undefined;
  const id = (value as { readonly role_id?: unknown } | null | undefined)?.role_id;
  return typeof id === 'string' ? id : undefined;
};

/**
 * Vault's AppRole, as fault rules and request logs name its calls. Lists are asked for by `GET …?list=true`: Node's HTTP
 * server does not take the method LIST.
 */
export const vaultApi: ProxiedApi = {
  name: 'vault',
  calls: [
    { operation: 'list', method: 'GET', path: `${MOUNT}/role` },
    { operation: 'write', method: 'POST', path: ROLE },
    { operation: 'get', method: 'GET', path: ROLE },
    { operation: 'delete', method: 'DELETE', path: ROLE },
    { operation: 'roleId', method: 'GET', path: `${ROLE}/role-id` },
    { operation: 'listSecretIds', method: 'GET', path: `${ROLE}/secret-id` },
    { operation: 'mint', method: 'POST', path: `${ROLE}/secret-id` },
    { operation: 'lookup', method: 'POST', path: `${ROLE}/secret-id-accessor/lookup` },
    { operation: 'destroy', method: 'POST', path: `${ROLE}/secret-id-accessor/destroy` },
    { operation: 'login', method: 'POST', path: `${MOUNT}/login`, subject: roleId },
    { operation: 'revokeSelf', method: 'POST', path: '/v1/auth/token/revoke-self' },
    { operation: 'health', method: 'GET', path: '/v1/sys/health' },
  ],
  listOperation: 'list',
  secretFields: ['secret_id', 'jwt', 'token'],
  issuedFields: ['secret_id', 'client_token'],
  failure: (_operation, status, errorType) => ({ status, body: { errors: [errorType ?? `HTTP ${status}`] } }),
};

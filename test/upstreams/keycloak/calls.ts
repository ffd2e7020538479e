import type { Call } from '../../simulators/provider.ts';
import type { ProxiedApi } from '../fault-proxy.ts';

const ADMIN = '/admin/realms/:realm';
const CLIENT = `${ADMIN}/clients/:client_id`;

/** Whom a body names: the id that was chosen in a creation, or the client of a login. */
const named = ({ body, headers }: Call): string | undefined => {
  if (body.kind === 'json') return textIn(body.value, 'id') ?? textIn(body.value, 'clientId');
  const [scheme, encoded = ''] = headers.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() === 'basic') {
    const [user = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1);
    return decodeURIComponent(user);
  }
  return body.kind === 'form' ? (body.value.get('client_id') ?? undefined) : undefined;
};

const textIn = (value: unknown, name: string): string | undefined => {
  const one = (value as Readonly<Record<string, unknown>> | null)?.[name];
  return typeof one === 'string' ? one : undefined;
};

/** Keycloak, as fault rules and request logs name its calls. */
export const keycloakApi: ProxiedApi = {
  name: 'keycloak',
  calls: [
    // Of one client: it is looked for by its client id.
    {
      operation: 'list',
      method: 'GET',
      path: `${ADMIN}/clients`,
      subject: ({ query }) => query.get('clientId') ?? undefined,
    },
    { operation: 'create', method: 'POST', path: `${ADMIN}/clients`, subject: named },
    { operation: 'get', method: 'GET', path: CLIENT },
    { operation: 'update', method: 'PUT', path: CLIENT },
    { operation: 'delete', method: 'DELETE', path: CLIENT },
    { operation: 'getSecret', method: 'GET', path: `${CLIENT}/client-secret` },
    { operation: 'regenerate', method: 'POST', path: `${CLIENT}/client-secret` },
    { operation: 'getRotated', method: 'GET', path: `${CLIENT}/client-secret/rotated` },
    { operation: 'dropRotated', method: 'DELETE', path: `${CLIENT}/client-secret/rotated` },
    { operation: 'getServiceAccount', method: 'GET', path: `${CLIENT}/service-account-user` },
    { operation: 'listScopes', method: 'GET', path: `${ADMIN}/client-scopes` },
    { operation: 'addScope', method: 'PUT', path: `${CLIENT}/default-client-scopes/:scope` },
    { operation: 'removeScope', method: 'DELETE', path: `${CLIENT}/default-client-scopes/:scope` },
    {
      operation: 'token',
      method: 'POST',
      path: '/realms/:realm/protocol/openid-connect/token',
      subject: named,
    },
    { operation: 'keys', method: 'GET', path: '/realms/:realm/protocol/openid-connect/certs' },
    { operation: 'issuer', method: 'GET', path: '/realms/:realm/.well-known/openid-configuration' },
  ],
  listOperation: 'list',
  // `value` is what the resource of a secret answers with.
  issuedFields: ['secret', 'value', 'client.secret.rotated', 'client_secret', 'access_token'],
  secretFields: ['secret', 'client.secret.rotated', 'client_secret', 'client_assertion'],
  failure: (operation, status, errorType) => ({
    status,
    body:
      operation === 'token'
        ? { error: errorType ?? 'temporarily_unavailable', error_description: `HTTP ${status}` }
        : { error: errorType ?? `HTTP ${status}` },
  }),
};

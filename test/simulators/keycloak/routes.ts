import { type Call, isShown, type Reply, type Route } from '../provider.ts';
import type { KeycloakAccount, KeycloakClient, Login } from './account.ts';
import { KeycloakFailure } from './errors.ts';
import { fieldsOf, textIn } from './fields.ts';
import { askingOf, issueToken } from './tokens.ts';

/** What stands behind the routes now; functions, because a reset replaces the account. */
export interface Behind {
  readonly account: () => KeycloakAccount;
  /** Where the server is, for what it says of itself. */
  readonly baseUrl: () => string;
}

type Work = (account: KeycloakAccount, call: Call) => Reply;

const none: Reply = { status: 204, body: undefined };
const found = (body: unknown): Reply => ({ status: 200, body });

const callerOf = (account: KeycloakAccount, { headers }: Call): Login => {
  const value = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const login = value === undefined ? undefined : account.bearer(value);
  if (!login) throw new KeycloakFailure('unauthorized');
  return login;
};

/** Throws unless the caller may manage clients. Who it is, is asked before where it is. */
const authorize = (account: KeycloakAccount, call: Call): void => {
  // A gateway that has logged in for the caller has a token of its own.
  const login = call.vouchedFor ? account.operator : callerOf(account, call);
  if (call.params.realm !== account.realm)
    throw new KeycloakFailure(login.isAdmin ? 'no_realm' : 'forbidden');
  const may = login.isAdmin || (login.isOperator && account.switches.rights === 'manage-clients');
  if (!may) throw new KeycloakFailure('forbidden');
};

const clientIn = (account: KeycloakAccount, call: Call): KeycloakClient => {
  const client = account.client(call.params.client_id ?? '');
  if (!client) throw new KeycloakFailure('no_client');
  return client;
};

/** As a read finds it. */
const isSeen = (account: KeycloakAccount, { createdAt }: KeycloakClient): boolean =>
  isShown(createdAt, account.clock.now(), account.switches.readLagMs);

/** All of it, with its secret. */
const shown = (client: KeycloakClient): Record<string, unknown> => ({
  ...client.fields,
  id: client.id,
  clientId: client.clientId,
  secret: client.secret.value,
  attributes: client.attributes,
  defaultClientScopes: client.defaultScopes,
  optionalClientScopes: client.optionalScopes,
  protocolMappers: client.mappers,
});

const list: Work = (account, { query }) => {
  const attribute = /^(.+?):/.exec(query.get('q') ?? '')?.[1];
  if (attribute !== undefined) throw new KeycloakFailure('not_searchable', attribute);
  const wanted = query.get('clientId');
  const isSearch = query.get('search') === 'true';
  const all = account
    .clients()
    .filter((client) => isSeen(account, client))
    .filter(
      ({ clientId }) => wanted === null || (isSearch ? clientId.includes(wanted) : clientId === wanted),
    );
  const first = Number(query.get('first') ?? 0);
  const page = all.slice(first, first + Number(query.get('max') ?? all.length));
  const { hiddenPrefix } = account.switches;
  return found(
    page.filter(({ clientId }) => hiddenPrefix === '' || !clientId.startsWith(hiddenPrefix)).map(shown),
  );
};

const get: Work = (account, call) => {
  const client = clientIn(account, call);
  if (!isSeen(account, client)) throw new KeycloakFailure('no_client');
  return found(shown(client));
};

const create =
  (baseUrl: () => string): Work =>
  (account, { body }) => {
    const { id } = account.addClient(fieldsOf(body), 'api');
    const location = `${baseUrl()}/admin/realms/${account.realm}/clients/${id}`;
    return { status: 201, body: undefined, headers: { location } };
  };

const update: Work = (account, call) => {
  account.changeClient(clientIn(account, call), fieldsOf(call.body), 'api');
  return none;
};

const remove: Work = (account, call) => {
  account.removeClient(clientIn(account, call));
  return none;
};

const secretOf = (value: string): Reply => found({ type: 'secret', value });

const listScopes: Work = (account) =>
  found(
    account.scopes().map(({ id, name, isInToken }) => ({
      id,
      name,
      protocol: 'openid-connect',
      attributes: { 'include.in.token.scope': String(isInToken) },
    })),
  );

const addScope: Work = (account, { body }) => {
  const fields = fieldsOf(body);
  const { attributes } = fields as { attributes?: Readonly<Record<string, string>> };
  const isInToken = attributes?.['include.in.token.scope'] === 'true';
  account.addScope(textIn(fields, 'name') ?? '', isInToken, textIn(fields, 'id'));
  return { status: 201, body: undefined };
};

const changeScope =
  (of: 'defaultScopes' | 'optionalScopes', adds: boolean): Work =>
  (account, call) => {
    const client = clientIn(account, call);
    const scope = account.scope(call.params.scope ?? '');
    if (!scope) throw new KeycloakFailure('no_scope');
    const isThere = [...client.defaultScopes, ...client.optionalScopes].includes(scope.name);
    // What is in the other list stays there, and nothing is said.
    if (adds && !isThere) client[of] = [...client[of], scope.name];
    // It goes from both, whichever is named.
    const without = (names: readonly string[]) => names.filter((name) => name !== scope.name);
    if (!adds) client.defaultScopes = without(client.defaultScopes);
    if (!adds) client.optionalScopes = without(client.optionalScopes);
    return none;
  };

/** Only what a client for machines needs. */
const register: Work = (account, { body }) => {
  const method = textIn(fieldsOf(body), 'token_endpoint_auth_method') ?? 'client_secret_basic';
  const client = account.addClient(
    {
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
      attributes: { 'client.secret.authentication.allowed.method': method },
    },
    'api',
  );
  return {
    status: 201,
    body: { client_id: client.clientId, client_secret: client.secret.value, client_secret_expires_at: 0 },
  };
};

const answer = (work: () => Reply): Reply => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeycloakFailure)) throw error;
    return error.reply;
  }
};

const ADMIN = '/admin/realms/:realm';
const CLIENTS = `${ADMIN}/clients`;
const ONE = `${CLIENTS}/:client_id`;

export const keycloakRoutes = ({ account, baseUrl }: Behind): readonly Route[] => {
  const management = (operation: string, method: string, path: string, work: Work): Route => ({
    operation,
    method,
    path,
    access: 'management',
    handle: (call) =>
      answer(() => {
        const present = account();
        authorize(present, call);
        return work(present, call);
      }),
  });
  const scopes = (which: 'default' | 'optional', of: 'defaultScopes' | 'optionalScopes') => [
    management('addScope', 'PUT', `${ONE}/${which}-client-scopes/:scope`, changeScope(of, true)),
    management('removeScope', 'DELETE', `${ONE}/${which}-client-scopes/:scope`, changeScope(of, false)),
  ];
  return [
    // Of one client: it is looked for by its client id.
    {
      ...management('list', 'GET', CLIENTS, list),
      subject: ({ query }) => query.get('clientId') ?? undefined,
    },
    management('get', 'GET', ONE, get),
    { ...management('create', 'POST', CLIENTS, create(baseUrl)), subject: subjectOf },
    management('update', 'PUT', ONE, update),
    management('delete', 'DELETE', ONE, remove),
    management('getSecret', 'GET', `${ONE}/client-secret`, (present, call) =>
      secretOf(clientIn(present, call).secret.value),
    ),
    management('regenerate', 'POST', `${ONE}/client-secret`, (present, call) =>
      secretOf(present.replaceSecret(clientIn(present, call), 'api').value),
    ),
    management('getRotated', 'GET', `${ONE}/client-secret/rotated`, (present, call) => {
      const { rotated } = clientIn(present, call);
      if (!rotated) throw new KeycloakFailure('no_rotated');
      return secretOf(rotated.value);
    }),
    management('dropRotated', 'DELETE', `${ONE}/client-secret/rotated`, (present, call) => {
      present.dropRotated(clientIn(present, call));
      return none;
    }),
    // For an administrator alone.
    ...['profiles', 'policies'].map((what) =>
      management('setPolicies', 'PUT', `${ADMIN}/client-policies/${what}`, () => {
        throw new KeycloakFailure('forbidden');
      }),
    ),
    management('getServiceAccount', 'GET', `${ONE}/service-account-user`, (present, call) => {
      const { id, clientId } = clientIn(present, call);
      return found({ id: `user-${id}`, username: `service-account-${clientId}` });
    }),
    management('listScopes', 'GET', `${ADMIN}/client-scopes`, listScopes),
    management('createScope', 'POST', `${ADMIN}/client-scopes`, addScope),
    ...scopes('default', 'defaultScopes'),
    ...scopes('optional', 'optionalScopes'),
    management('register', 'POST', '/realms/:realm/clients-registrations/openid-connect', register),
    {
      operation: 'token',
      method: 'POST',
      path: '/realms/:realm/protocol/openid-connect/token',
      access: 'public',
      subject: (call) => askingOf(call).clientId,
      handle: (call) =>
        answer(() => {
          const { realm = '' } = call.params;
          if (realm !== 'master' && realm !== account().realm) throw new KeycloakFailure('no_realm');
          return issueToken(account(), realm, call);
        }),
    },
  ];
};

/** Whom a creation names. */
const subjectOf = ({ body }: Call): string | undefined =>
  body.kind === 'json' && typeof body.value === 'object' && body.value !== null
    ? textIn(body.value as Record<string, unknown>, 'clientId')
    : undefined;

import { generateKeyPairSync } from 'node:crypto';
import * as z from 'zod';
import { ControlError } from '../provider.ts';
import { type KeycloakAccount, type KeycloakClient, keysIn } from './account.ts';
import { KeycloakFailure } from './errors.ts';

const fields = z.record(z.string(), z.unknown());
const onClient = { clientId: z.string() };

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's body. `keys`: it logs in by a key set, which is empty. */
  z.strictObject({
    action: z.literal('createClient'),
    ...onClient,
    keys: z.boolean().default(true),
    fields: fields.default({}),
  }),
  /** What is left out stays. */
  z.strictObject({ action: z.literal('changeClient'), ...onClient, fields }),
  z.strictObject({ action: z.literal('deleteClient'), ...onClient }),
  /** A key pair whose public half joins the set of the client. */
  z.strictObject({ action: z.literal('addKey'), ...onClient, keyId: z.string().optional() }),
  z.strictObject({ action: z.literal('deleteKey'), ...onClient, keyId: z.string() }),
  /** *Regenerate*: under the rotation policy the former secret stands beside the new one. */
  z.strictObject({ action: z.literal('regenerateSecret'), ...onClient }),
  /** The rotated secret of the client is ended. */
  z.strictObject({ action: z.literal('dropRotated'), ...onClient }),
  /** A client scope of the realm. */
  z.strictObject({ action: z.literal('addScope'), name: z.string() }),
  /** Every client is deleted. */
  z.strictObject({ action: z.literal('wipeClients') }),
  /** The secret of the client that the operator logs in as is replaced; tokens that it got live on. */
  z.strictObject({ action: z.literal('rotateManagementSecret') }),
  /** The tokens of the operator's logins are refused from now on. */
  z.strictObject({ action: z.literal('revokeManagementTokens') }),
]);

export type KeycloakAction = z.input<typeof consoleAction>;

/** What came of it; the fields that make no sense for an action are absent. */
export interface KeycloakActionResult {
  readonly clientId?: string;
  readonly keyId?: string;
  /** PKCS#8. */
  readonly privateKey?: string;
  readonly deleted?: number;
  /** How one logs in from now on. */
  readonly credentials?: ReturnType<typeof credentialsOf>;
}

/** Does what an administrator does by hand. Keycloak's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: KeycloakAccount, input: unknown): KeycloakActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof KeycloakFailure) throw new ControlError(409, error.message);
    throw error;
  }
};

const clientOf = (account: KeycloakAccount, clientId: string): KeycloakClient => {
  const client = account.clientOf(clientId);
  if (client === undefined) throw new KeycloakFailure('no_client');
  return client;
};

/** As a person makes one for machines. */
const forMachines = {
  standardFlowEnabled: false,
  serviceAccountsEnabled: true,
  fullScopeAllowed: false,
  defaultClientScopes: [],
  optionalClientScopes: [],
};
const withKeys = {
  clientAuthenticatorType: 'client-jwt',
  attributes: { 'use.jwks.string': 'true', 'jwks.string': '{"keys":[]}' },
};

const setKeys = (account: KeycloakAccount, client: KeycloakClient, keys: readonly unknown[]): void =>
  account.changeClient(client, { attributes: { 'jwks.string': JSON.stringify({ keys }) } }, 'console');

const addKey = (account: KeycloakAccount, clientId: string, wanted?: string): KeycloakActionResult => {
  const client = clientOf(account, clientId);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyId = wanted ?? account.uuid();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES256', use: 'sig' };
  setKeys(account, client, [...keysIn(client.attributes['jwks.string']), jwk]);
  return { clientId, keyId, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
};

const act = (account: KeycloakAccount, action: z.output<typeof consoleAction>): KeycloakActionResult => {
  switch (action.action) {
    case 'createClient': {
      const { clientId, keys, fields: own } = action;
      account.addClient({ ...forMachines, ...(keys && withKeys), ...own, clientId }, 'console');
      return { clientId };
    }
    case 'changeClient':
      account.changeClient(clientOf(account, action.clientId), action.fields, 'console');
      return { clientId: action.clientId };
    case 'deleteClient':
      account.removeClient(clientOf(account, action.clientId));
      return { clientId: action.clientId, deleted: 1 };
    case 'addKey':
      return addKey(account, action.clientId, action.keyId);
    case 'deleteKey': {
      const { clientId, keyId } = action;
      const client = clientOf(account, clientId);
      const keys = keysIn(client.attributes['jwks.string']);
      if (!keys.some(({ kid }) => kid === keyId)) throw new ControlError(409, 'no such key');
      setKeys(
        account,
        client,
        keys.filter(({ kid }) => kid !== keyId),
      );
      return { clientId, keyId };
    }
    case 'regenerateSecret':
      account.replaceSecret(clientOf(account, action.clientId), 'console');
      return { clientId: action.clientId };
    case 'dropRotated':
      account.dropRotated(clientOf(account, action.clientId));
      return { clientId: action.clientId };
    case 'addScope':
      account.addScope(action.name, true);
      return {};
    case 'wipeClients': {
      const all = account.clients();
      for (const client of all) account.removeClient(client);
      return { deleted: all.length };
    }
    case 'rotateManagementSecret':
      account.replaceOperatorSecret();
      return { credentials: credentialsOf(account) };
    case 'revokeManagementTokens':
      account.revokeOperatorTokens();
      return {};
  }
};

export const credentialsOf = ({ operator }: KeycloakAccount) => ({
  clientId: operator.clientId,
  secret: operator.secret.value,
});

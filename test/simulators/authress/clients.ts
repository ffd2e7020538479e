import {
  type Actor,
  type AuthressAccount,
  type AuthressClient,
  type AuthressKey,
  noFields,
} from './account.ts';
import { AuthressFailure } from './errors.ts';
import { checkClient, checkPublicKey, type Fields } from './validation.ts';

const MOST_KEYS = 5;

/** The body of a create call becomes a client. Throws an AuthressFailure, and then nothing is changed. */
export const createClient = (
  account: AuthressAccount,
  fields: Fields,
  by: Actor,
  clientId?: string,
): AuthressClient => {
  const { maxClients } = account.switches;
  const checked = checkClient(fields, account.switches);
  if (maxClients > 0 && account.managed().length >= maxClients)
    throw new AuthressFailure('ClientLimitReached');
  return account.addClient({ ...noFields, ...checked }, by, clientId);
};

/** A full replacement, unless the switch says that what is left out stays. */
export const replaceClient = (account: AuthressAccount, clientId: string, fields: Fields): AuthressClient => {
  const client = account.client(clientId);
  const checked = checkClient(fields, account.switches);
  const base = account.switches.putOmitted === 'clear' ? noFields : {};
  return Object.assign(client, base, checked);
};

export const deleteClient = (account: AuthressAccount, clientId: string): void => {
  const client = account.findClient(clientId);
  if (client !== undefined) account.removeClient(client);
  else if (account.switches.deleteUnknown === 'refuse') throw new AuthressFailure('NotFound');
};

/** One more key. A person in the console is not held to one in a window. */
export const addKey = (
  account: AuthressAccount,
  clientId: string,
  fields: Fields,
  by: Actor,
): AuthressKey => {
  const client = account.client(clientId);
  const publicKey = account.switches.ownKeys === 'accept' ? checkPublicKey(fields) : undefined;
  if (client.keys.length >= MOST_KEYS)
    throw new AuthressFailure('AccessKeyLimitReached', { status: account.switches.sixthKeyStatus });
  const wait = account.keyWait(client);
  if (wait > 0 && by === 'api')
    throw new AuthressFailure('TooManyRequests', { retryAfter: Math.ceil(wait / 1000) });
  return account.addKey(client, by, publicKey);
};

export const deleteKey = (account: AuthressAccount, clientId: string, keyId: string): void => {
  const client = account.findClient(clientId);
  const key = client?.keys.find((candidate) => candidate.keyId === keyId);
  if (client !== undefined && key !== undefined) account.removeKey(client, key);
  else if (account.switches.deleteUnknown === 'refuse') throw new AuthressFailure('NotFound');
};

import { isDeepStrictEqual } from 'node:util';
import type { Actor, StytchAccount, StytchClient } from './account.ts';
import { StytchFailure } from './errors.ts';
import {
  changedMetadata,
  checkClientId,
  checkDescription,
  checkName,
  checkScopes,
  checkSecret,
  checkStatus,
  type Fields,
} from './validation.ts';

/** The body of a create call becomes a client. Throws a StytchFailure, and then nothing is changed. */
export const createClient = (account: StytchAccount, fields: Fields, by: Actor): StytchClient => {
  const { switches, project } = account;
  const scopes = checkScopes(fields.scopes, switches);
  const secret = fields.client_secret === undefined ? undefined : checkSecret(fields.client_secret, switches);
  const client = {
    clientId:
      fields.client_id === undefined
        ? `m2m-client-${account.environment}-${account.uuid()}`
        : checkClientId(fields.client_id, switches),
    name: fields.client_name === undefined ? '' : checkName(fields.client_name, switches),
    description:
      fields.client_description === undefined ? '' : checkDescription(fields.client_description, switches),
    status: 'active' as const,
    scopes,
    trustedMetadata: changedMetadata({}, fields.trusted_metadata ?? {}, switches),
    createdBy: by,
  };
  const existing = account.findClient(client.clientId);
  if (existing !== undefined) {
    if (switches.identicalDuplicate === 'accept' && isSame(existing, client, secret)) return existing;
    throw new StytchFailure('duplicate_m2m_client_id');
  }
  if (switches.deletedIdReuse === 'refuse' && project.deletedIds.has(client.clientId)) {
    throw new StytchFailure('duplicate_m2m_client_id');
  }
  if (switches.maxClients > 0 && project.clients.size >= switches.maxClients) {
    throw new StytchFailure('too_many_m2m_clients_for_billing_tier');
  }
  return account.addClient(client, secret);
};

const isSame = (
  existing: StytchClient,
  wanted: Pick<StytchClient, 'name' | 'description' | 'scopes' | 'trustedMetadata'>,
  secret: string | undefined,
): boolean =>
  secret === existing.current.value &&
  existing.name === wanted.name &&
  existing.description === wanted.description &&
  isDeepStrictEqual(existing.scopes, wanted.scopes) &&
  isDeepStrictEqual(existing.trustedMetadata, wanted.trustedMetadata);

/** Partial, although it is a PUT: what is absent stays. All is checked before anything is changed. */
export const updateClient = (account: StytchAccount, clientId: string, fields: Fields): StytchClient => {
  const { switches } = account;
  const client = account.client(clientId);
  const change: Partial<StytchClient> = {};
  if (fields.client_name !== undefined) change.name = checkName(fields.client_name, switches);
  if (fields.client_description !== undefined) {
    change.description = checkDescription(fields.client_description, switches);
  }
  if (fields.status !== undefined) change.status = checkStatus(fields.status);
  if (fields.scopes !== undefined) change.scopes = checkScopes(fields.scopes, switches);
  if (fields.trusted_metadata !== undefined) {
    change.trustedMetadata = changedMetadata(client.trustedMetadata, fields.trusted_metadata, switches);
  }
  return Object.assign(client, change);
};

export const deleteClient = (account: StytchAccount, clientId: string): void => {
  const client = account.findClient(clientId);
  if (client !== undefined) account.removeClient(client);
  else if (account.switches.deleteUnknown === 'refuse') throw new StytchFailure('m2m_client_not_found');
};

/** A second secret beside the current one; both work. */
export const startRotation = (account: StytchAccount, clientId: string, by: Actor): StytchClient => {
  const client = rotatable(account, clientId);
  if (client.next !== null) throw new StytchFailure('m2m_client_already_rotating_secret');
  account.addNext(client, by);
  return client;
};

/** The next secret becomes the current one, which stops working. */
export const finishRotation = (account: StytchAccount, clientId: string): StytchClient => {
  const client = rotatable(account, clientId);
  if (client.next === null) throw new StytchFailure('m2m_client_not_rotating_secret');
  account.promoteNext(client, client.next);
  return client;
};

/** The next secret stops working. */
export const cancelRotation = (account: StytchAccount, clientId: string): StytchClient => {
  const client = rotatable(account, clientId);
  if (client.next === null) throw new StytchFailure('m2m_client_not_rotating_secret');
  account.discardNext(client);
  return client;
};

const rotatable = (account: StytchAccount, clientId: string): StytchClient => {
  const client = account.client(clientId);
  const isRefused = client.status === 'inactive' && account.switches.rotationWhileInactive === 'refuse';
  if (isRefused) throw new StytchFailure('bad_request');
  return client;
};

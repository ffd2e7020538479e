import * as z from 'zod';
import { ControlError } from '../provider.ts';
import type { AuthressAccount } from './account.ts';
import { addKey, createClient, deleteClient, deleteKey } from './clients.ts';
import { AuthressFailure } from './errors.ts';
import { checkClient } from './validation.ts';

const fields = z.record(z.string(), z.unknown());
const onClient = { clientId: z.string() };

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's create body; `clientId`: default as the API chooses it. */
  z.strictObject({
    action: z.literal('createClient'),
    clientId: z.string().optional(),
    fields: fields.default({}),
  }),
  /** `fields` as in the API's update body; what is left out stays. */
  z.strictObject({ action: z.literal('changeClient'), ...onClient, fields }),
  z.strictObject({ action: z.literal('deleteClient'), ...onClient }),
  z.strictObject({ action: z.literal('addKey'), ...onClient, publicKey: z.string().optional() }),
  z.strictObject({ action: z.literal('deleteKey'), ...onClient, keyId: z.string() }),
  /** Every client is deleted but the one of the management key. */
  z.strictObject({ action: z.literal('wipeClients') }),
  /** The management key is replaced; the old one is refused at once. */
  z.strictObject({ action: z.literal('rotateManagementKey') }),
]);

export type AuthressAction = z.input<typeof consoleAction>;

/** What came of it; the fields that make no sense for an action are absent. */
export interface AuthressActionResult {
  readonly clientId?: string;
  readonly keyId?: string;
  readonly accessKey?: string;
  readonly clientSecret?: string;
  readonly deleted?: number;
  /** How one logs in from now on. */
  readonly credentials?: { readonly accessKey: string };
}

/** Does what a person does in Authress's console. Authress's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: AuthressAccount, input: unknown): AuthressActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof AuthressFailure) throw new ControlError(409, error.errorCode);
    throw error;
  }
};

const act = (account: AuthressAccount, action: z.output<typeof consoleAction>): AuthressActionResult => {
  switch (action.action) {
    case 'createClient':
      return { clientId: createClient(account, action.fields, 'console', action.clientId).clientId };
    case 'changeClient':
      Object.assign(account.client(action.clientId), checkClient(action.fields, account.switches));
      return { clientId: action.clientId };
    case 'deleteClient':
      deleteClient(account, action.clientId);
      return { clientId: action.clientId, deleted: 1 };
    case 'addKey': {
      const { clientId, publicKey } = action;
      const key = addKey(account, clientId, { publicKey }, 'console');
      return {
        clientId,
        keyId: key.keyId,
        ...(key.accessKey && { accessKey: key.accessKey.value }),
        ...(key.clientSecret && { clientSecret: key.clientSecret.value }),
      };
    }
    case 'deleteKey':
      deleteKey(account, action.clientId, action.keyId);
      return { clientId: action.clientId, keyId: action.keyId };
    case 'wipeClients': {
      const clients = account.managed();
      for (const client of clients) account.removeClient(client);
      return { deleted: clients.length };
    }
    case 'rotateManagementKey':
      return { credentials: { accessKey: account.replaceManagementKey() } };
  }
};

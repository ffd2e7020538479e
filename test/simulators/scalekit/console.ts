import * as z from 'zod';
import { ControlError } from '../provider.ts';
import type { ScalekitAccount, ScalekitClient } from './account.ts';
import { addSecret, createClient, deleteSecret, secretOf, updateClient } from './clients.ts';
import { ScalekitFailure } from './errors.ts';

const fields = z.record(z.string(), z.unknown());
const onClient = { clientId: z.string() };
const onSecret = { ...onClient, secretId: z.string() };
/** Milliseconds since the epoch. */
const at = z.number();

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's create body; by default in the first organization. */
  z.strictObject({
    action: z.literal('createClient'),
    organizationId: z.string().optional(),
    fields: fields.default({}),
  }),
  /** `fields` as in the API's update body, and here what is empty is cleared. */
  z.strictObject({ action: z.literal('changeClient'), ...onClient, fields }),
  z.strictObject({ action: z.literal('deleteClient'), ...onClient }),
  z.strictObject({ action: z.literal('addSecret'), ...onClient }),
  z.strictObject({ action: z.literal('deleteSecret'), ...onSecret }),
  /** `expire_time` of one secret: it is in the answers, though nothing in the API sets it. */
  z.strictObject({ action: z.literal('setSecretExpiry'), ...onSecret, at: at.nullable() }),
  /** The status is in the answers, though nothing in the API sets it. */
  z.strictObject({
    action: z.literal('setSecretStatus'),
    ...onSecret,
    status: z.enum(['ACTIVE', 'INACTIVE']),
  }),
  /** `last_used_time` of one secret; by default now. */
  z.strictObject({ action: z.literal('markUsed'), ...onSecret, at: at.optional() }),
  /** Every client of every organization is deleted. */
  z.strictObject({ action: z.literal('wipeClients') }),
  /** The management secret is replaced; the old one gets no tokens any more. Those that it got live on. */
  z.strictObject({ action: z.literal('rotateManagementSecret'), secret: z.string().optional() }),
  /** Every management token is refused from now on. */
  z.strictObject({ action: z.literal('expireTokens') }),
]);

export type ScalekitAction = z.input<typeof consoleAction>;

export interface ScalekitCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first of the organizations. */
  readonly organizationId: string;
}

/** What came of it; the fields that make no sense for an action are absent. */
export interface ScalekitActionResult {
  readonly clientId?: string;
  readonly secretId?: string;
  /** The value of a new secret. */
  readonly secret?: string;
  /** How many clients, or tokens. */
  readonly deleted?: number;
  /** How one logs in from now on. */
  readonly credentials?: ScalekitCredentials;
}

/** Does what a person does in Scalekit's dashboard. Scalekit's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: ScalekitAccount, input: unknown): ScalekitActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof ScalekitFailure) throw new ControlError(409, error.message);
    throw error;
  }
};

const clientOf = (account: ScalekitAccount, clientId: string): ScalekitClient => {
  const client = account.findClient(clientId);
  if (client === undefined) throw new ScalekitFailure('unknownClient');
  return client;
};

const act = (account: ScalekitAccount, action: z.output<typeof consoleAction>): ScalekitActionResult => {
  switch (action.action) {
    case 'createClient': {
      const organizationId = action.organizationId ?? account.organizations[0] ?? '';
      const { clientId, secrets } = createClient(account, organizationId, action.fields, 'console');
      const [first] = secrets;
      return { clientId, ...(first && { secretId: first.id, secret: first.issued.value }) };
    }
    case 'changeClient':
      updateClient(account, clientOf(account, action.clientId), action.fields, 'clear');
      return { clientId: action.clientId };
    case 'deleteClient':
      account.removeClient(clientOf(account, action.clientId));
      return { clientId: action.clientId, deleted: 1 };
    case 'addSecret': {
      const { id, issued } = addSecret(account, clientOf(account, action.clientId), 'console');
      return { clientId: action.clientId, secretId: id, secret: issued.value };
    }
    case 'deleteSecret':
      deleteSecret(account, clientOf(account, action.clientId), action.secretId);
      return { clientId: action.clientId, secretId: action.secretId };
    case 'setSecretExpiry':
    case 'setSecretStatus':
    case 'markUsed':
      return changeSecret(account, action);
    case 'wipeClients': {
      const clients = [...account.allClients()];
      for (const client of clients) account.removeClient(client);
      return { deleted: clients.length };
    }
    case 'rotateManagementSecret':
      account.replaceManagementSecret(action.secret);
      return { credentials: credentialsOf(account) };
    case 'expireTokens':
      return { deleted: account.expireTokens() };
  }
};

type SecretAction = Extract<
  z.output<typeof consoleAction>,
  { action: 'setSecretExpiry' | 'setSecretStatus' | 'markUsed' }
>;

const changeSecret = (account: ScalekitAccount, action: SecretAction): ScalekitActionResult => {
  const { clientId, secretId } = action;
  const secret = secretOf(clientOf(account, clientId), secretId);
  const now = account.clock.now();
  if (action.action === 'setSecretExpiry') secret.expiresAt = action.at;
  else if (action.action === 'setSecretStatus') secret.status = action.status;
  else secret.lastUsedAt = action.at ?? now;
  secret.updatedAt = now;
  return { clientId, secretId };
};

export const credentialsOf = (account: ScalekitAccount): ScalekitCredentials => ({
  clientId: account.clientId,
  clientSecret: account.managementSecret,
  organizationId: account.organizations[0] ?? '',
});

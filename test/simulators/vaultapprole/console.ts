import * as z from 'zod';
import { ControlError } from '../provider.ts';
import type { VaultAccount, VaultRole } from './account.ts';
import { VaultFailure } from './errors.ts';
import { roleFieldsOf } from './fields.ts';

const fields = z.record(z.string(), z.unknown());
const onClient = { clientId: z.string() };

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's body; `roleId`: default as the API chooses it. */
  z.strictObject({
    action: z.literal('createClient'),
    ...onClient,
    roleId: z.string().optional(),
    fields: fields.default({}),
  }),
  /** What is left out stays. */
  z.strictObject({
    action: z.literal('changeClient'),
    ...onClient,
    roleId: z.string().optional(),
    fields: fields.default({}),
  }),
  z.strictObject({ action: z.literal('deleteClient'), ...onClient }),
  z.strictObject({
    action: z.literal('addSecretId'),
    ...onClient,
    metadata: z.record(z.string(), z.string()).optional(),
    ttlSeconds: z.number().min(0).optional(),
  }),
  z.strictObject({ action: z.literal('deleteSecretId'), ...onClient, accessor: z.string() }),
  /** Every role is deleted. */
  z.strictObject({ action: z.literal('wipeClients') }),
  /** The management token is replaced; the old one is refused at once. */
  z.strictObject({ action: z.literal('rotateManagementToken') }),
  /** The secret id that the operator logs in with is replaced; tokens that it got live on. */
  z.strictObject({ action: z.literal('rotateOperatorSecretId') }),
  /** The tokens of the operator's logins are refused from now on. */
  z.strictObject({ action: z.literal('revokeManagementTokens') }),
]);

export type VaultAction = z.input<typeof consoleAction>;

/** What came of it; the fields that make no sense for an action are absent. */
export interface VaultActionResult {
  readonly clientId?: string;
  readonly accessor?: string;
  readonly secretId?: string;
  readonly deleted?: number;
  /** How one logs in from now on. */
  readonly credentials?: { readonly token: string; readonly secretId: string };
}

/** Does what an administrator does by hand. Vault's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: VaultAccount, input: unknown): VaultActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof VaultFailure) throw new ControlError(409, error.word);
    throw error;
  }
};

const roleOf = (account: VaultAccount, name: string): VaultRole => {
  const role = account.findRole(name);
  if (role === undefined) throw new VaultFailure('role_not_found', name);
  return role;
};

const act = (account: VaultAccount, action: z.output<typeof consoleAction>): VaultActionResult => {
  switch (action.action) {
    case 'createClient':
    case 'changeClient': {
      const { clientId, roleId } = action;
      if (action.action === 'changeClient') roleOf(account, clientId);
      return { clientId: account.writeRole(clientId, roleFieldsOf(action.fields), roleId, 'console').name };
    }
    case 'deleteClient':
      account.removeRole(roleOf(account, action.clientId).name);
      return { clientId: action.clientId, deleted: 1 };
    case 'addSecretId': {
      const { clientId, metadata = {}, ttlSeconds } = action;
      const made = account.addSecretId(roleOf(account, clientId), 'console', {
        metadata,
        ...(ttlSeconds !== undefined && { ttlSeconds }),
      });
      return { clientId, accessor: made.accessor, secretId: made.secret.value };
    }
    case 'deleteSecretId':
      if (!account.removeSecretId(roleOf(account, action.clientId), action.accessor))
        throw new VaultFailure('accessor_not_found', action.accessor);
      return { clientId: action.clientId, accessor: action.accessor };
    case 'wipeClients': {
      const roles = account.roles();
      for (const { name } of roles) account.removeRole(name);
      return { deleted: roles.length };
    }
    case 'rotateManagementToken':
      account.replaceManagementToken();
      return { credentials: credentialsOf(account) };
    case 'rotateOperatorSecretId':
      account.replaceOperatorSecretId();
      return { credentials: credentialsOf(account) };
    case 'revokeManagementTokens':
      account.revokeManagementTokens();
      return {};
  }
};

export const credentialsOf = (
  account: VaultAccount,
): { readonly token: string; readonly roleId: string; readonly secretId: string } => ({
  token: account.managementToken,
  roleId: account.operatorRoleId,
  secretId: account.operatorSecretId,
});

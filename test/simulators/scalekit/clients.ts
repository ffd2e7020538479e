import type { Actor, ClientFields, ScalekitAccount, ScalekitClient, ScalekitSecret } from './account.ts';
import { ScalekitFailure } from './errors.ts';
import { checkedFields, type Fields } from './validation.ts';

const DEFAULT_EXPIRY_SECONDS = 3600;

/** Throws `unknownOrganization` or `unknownClient`. */
export const clientIn = (
  account: ScalekitAccount,
  organizationId: string,
  clientId: string,
): ScalekitClient => {
  account.checkOrganization(organizationId);
  const client = account.findClient(clientId);
  if (client?.organizationId !== organizationId) throw new ScalekitFailure('unknownClient');
  return client;
};

/** The body of a create call becomes a client with one secret. Throws a ScalekitFailure, and then nothing is changed. */
export const createClient = (
  account: ScalekitAccount,
  organizationId: string,
  body: Fields,
  by: Actor,
): ScalekitClient => {
  const fields = checkedFields(body, account.switches);
  account.checkOrganization(organizationId);
  if (account.switches.duplicateNames === 'refuse') {
    const names = [...account.allClients()].map((client) => client.fields.name);
    if (names.includes(fields.name)) throw new ScalekitFailure('duplicateName');
  }
  const expiry = fields.expiry === 0 ? DEFAULT_EXPIRY_SECONDS : fields.expiry;
  return account.addClient(organizationId, { ...fields, expiry }, by);
};

const isEmpty = (value: unknown): boolean =>
  value === '' || value === 0 || (Array.isArray(value) && value.length === 0);

/** The body has no field mask: what is empty in it cannot be told from what is absent. */
const changed = (before: ClientFields, after: ClientFields): ClientFields => ({
  ...before,
  ...Object.fromEntries(Object.entries(after).filter(([, value]) => !isEmpty(value))),
});

/** As if empty were a value: every field that the body names is set. */
const replaced = (before: ClientFields, after: ClientFields, body: Fields): ClientFields => ({
  name: 'name' in body ? after.name : before.name,
  description: 'description' in body ? after.description : before.description,
  scopes: 'scopes' in body ? after.scopes : before.scopes,
  audience: 'audience' in body ? after.audience : before.audience,
  customClaims: 'custom_claims' in body ? after.customClaims : before.customClaims,
  expiry: 'expiry' in body ? after.expiry || DEFAULT_EXPIRY_SECONDS : before.expiry,
});

export const updateClient = (
  account: ScalekitAccount,
  client: ScalekitClient,
  body: Fields,
  empty: 'ignore' | 'clear',
): ScalekitClient => {
  const after = checkedFields(body, account.switches);
  const { fields } = client;
  client.fields = empty === 'ignore' ? changed(fields, after) : replaced(fields, after, body);
  client.updatedAt = account.clock.now();
  return client;
};

/** One more secret beside the others; it works at once. */
export const addSecret = (account: ScalekitAccount, client: ScalekitClient, by: Actor): ScalekitSecret => {
  const { maxSecrets } = account.switches;
  if (maxSecrets > 0 && client.secrets.length >= maxSecrets) throw new ScalekitFailure('tooManySecrets');
  return account.addSecret(client, by);
};

/** Throws `unknownSecret`. */
export const secretOf = (client: ScalekitClient, secretId: string): ScalekitSecret => {
  const secret = client.secrets.find(({ id }) => id === secretId);
  if (secret === undefined) throw new ScalekitFailure('unknownSecret');
  return secret;
};

/** The last one stays. */
export const deleteSecret = (account: ScalekitAccount, client: ScalekitClient, secretId: string): void => {
  const secret = secretOf(client, secretId);
  if (client.secrets.length === 1) throw new ScalekitFailure('lastSecret');
  account.removeSecret(client, secret);
};

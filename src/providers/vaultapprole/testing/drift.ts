/** Fields by which a role is seen to differ; it has no name. */
export const drift = {
  before: { vaultAppRole: { tokenPolicies: ['read-invoices'], tokenTTL: '20m' }, accessTokenLifetime: '1h' },
  fields: { vaultAppRole: { tokenPolicies: ['b', 'a'], tokenTTL: '10m' }, accessTokenLifetime: '2h' },
  names: ['vaultAppRole.tokenPolicies', 'vaultAppRole.tokenTTL', 'accessTokenLifetime'],
};

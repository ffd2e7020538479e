import type { ProviderSample } from '../../testing/sample.ts';

const ref = { name: 'management', key: 'secret' };
const token = { type: 'Token', secretKeyRef: ref };
const role = { type: 'AppRole', secretKeyRef: ref, roleId: 'operator' };
const gateway = { type: 'Gateway' };
const own = { type: 'Kubernetes', role: 'operator', audience: 'vault' };
const account = (address: string, auth: object, more: object = {}) => ({
  address,
  namespace: 'team',
  mountPath: 'approle',
  auth,
  ...more,
});
const object = (auth: object, more: object = {}) => ({
  type: 'VaultAppRole',
  vaultAppRole: account('https://vault.example.com:8200', auth, more),
});
const at = 'spec.vaultAppRole';

export const sample: ProviderSample = {
  account: (address, auth) => account(address, auth),
  secretAuth: { type: 'Token' },
  ownLogins: true,
  client: {},
  specific: { roleId: 'role-id', role: {} },
  narrowIds: true,
  readsFirst: ['create', 'update'],
  accountRules: [
    {
      at: `${at}.auth`,
      message: 'secretKeyRef must be set exactly when auth.type is Token or AppRole',
      accepted: [object(token), object(role), object(gateway)],
      refused: [object({ type: 'Token' }), object({ ...gateway, secretKeyRef: ref })],
    },
    {
      at: `${at}.auth`,
      message: 'roleId must be set exactly when auth.type is AppRole',
      accepted: [object(role)],
      refused: [object({ ...role, roleId: undefined }), object({ ...token, roleId: 'operator' })],
    },
    {
      at: `${at}.auth`,
      message: 'mountPath cannot be set when auth.type is Token or Gateway',
      accepted: [object({ ...role, mountPath: 'operators' })],
      refused: [object({ ...token, mountPath: 'operators' })],
    },
  ],
  clusterRules: [
    {
      at: `${at}.auth`,
      message: 'role and audience must be set exactly when auth.type is Kubernetes',
      accepted: [object(own), object({ ...own, mountPath: 'team/kubernetes' })],
      refused: [
        object({ ...own, role: undefined }),
        object({ ...own, audience: undefined }),
        object({ ...token, audience: 'vault' }),
        object({ ...gateway, role: 'operator' }),
      ],
    },
    {
      at: `${at}.auth`,
      message: 'secretKeyRef must be set exactly when auth.type is Token or AppRole',
      accepted: [object(own)],
      refused: [object({ ...own, secretKeyRef: ref })],
    },
  ],
  accountChanges: [
    {
      at: `${at}.namespace`,
      message: 'namespace is immutable',
      because: 'each namespace has mounts of its own',
      before: object(token),
      accepted: [object(role)],
      refused: [object(token, { namespace: 'other' })],
    },
    {
      at: `${at}.mountPath`,
      message: 'mountPath is immutable',
      because: 'each mount has roles of its own',
      before: object(token),
      accepted: [object(role)],
      refused: [object(token, { mountPath: 'other' })],
    },
  ],
};

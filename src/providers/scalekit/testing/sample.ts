import { pageOf, type ProviderSample } from '../../testing/sample.ts';
import { formatDescription } from '../description-mark.ts';

const uid = '00000000-0000-4000-8000-000000000001';

const login = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
const gateway = { type: 'Gateway' };
const scalekit = (fields: object = {}) => ({
  type: 'Scalekit',
  scalekit: { environmentUrl: 'https://acme.scalekit.dev', auth: { ...login, clientId: 'skc_1' }, ...fields },
});

export const sample: ProviderSample = {
  account: (environmentUrl, auth) => ({ environmentUrl, auth }),
  secretAuth: { clientId: 'skc_1' },
  client: { organizationId: 'org_1' },
  specific: { customClaims: {}, expiry: undefined },
  list: {
    idField: 'client_id',
    page: (items, next) =>
      pageOf(items, next === undefined ? undefined : { next_page_token: next }, 'clients'),
    marked: (id, mark, filler) => ({
      client_id: id,
      scopes: filler === undefined ? [] : [filler],
      description: formatDescription(mark, uid, false, ''),
      secrets: [{ id: `${id}-secret` }],
    }),
  },
  accountRules: [
    {
      at: 'spec.scalekit.auth',
      message: 'clientId must be set exactly when auth.type is Secret',
      accepted: [scalekit(), scalekit({ auth: gateway })],
      refused: [scalekit({ auth: login }), scalekit({ auth: { ...gateway, clientId: 'skc_1' } })],
    },
  ],
  accountChanges: [
    {
      at: 'spec.scalekit.environmentUrl',
      message: 'environmentUrl is immutable',
      because: 'it is the identity of the account',
      before: scalekit(),
      accepted: [scalekit({ auth: gateway })],
      refused: [scalekit({ environmentUrl: 'https://other.scalekit.dev' })],
    },
  ],
};

import { pageOf, type ProviderSample } from '../../testing/sample.ts';
import { markTags, nameWith } from '../marking.ts';

const uid = '00000000-0000-4000-8000-000000000001';

const login = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
const gateway = { type: 'Gateway' };
const authress = (fields: object = {}) => ({
  type: 'Authress',
  authress: { baseUrl: 'https://acc-1.api.authress.io', auth: login, ...fields },
});

export const sample: ProviderSample = {
  account: (baseUrl, auth) => ({ baseUrl, accountId: 'acc-1', auth }),
  client: {},
  specific: { name: 'app', options: {}, rateLimits: undefined, tags: {}, ownTags: [], publicKeys: {} },
  list: {
    idField: 'clientId',
    page: (items, next) =>
      pageOf(items, next === undefined ? undefined : { pagination: { next: { cursor: next } } }, 'clients'),
    marked: (id, mark, filler) => ({
      clientId: id,
      options: { filler },
      name: nameWith('app', mark.short),
      tags: markTags(mark, uid, []),
      verificationKeys: [],
    }),
  },
  accountRules: [
    {
      at: 'spec.authress',
      message: 'accountId is required when auth.type is Gateway',
      accepted: [authress(), authress({ auth: gateway, accountId: 'acc-1' })],
      refused: [authress({ auth: gateway })],
    },
  ],
  accountChanges: [
    {
      at: 'spec.authress',
      message: 'accountId is immutable',
      because: 'it is the identity of the account',
      before: authress({ accountId: 'acc-1' }),
      accepted: [authress({ accountId: 'acc-1', baseUrl: 'https://login.example.com' })],
      refused: [authress({ accountId: 'acc-2' }), authress()],
    },
    {
      at: 'spec.authress',
      message: 'accountId is immutable',
      because: 'one that was taken from the access key may be written down later',
      before: authress(),
      accepted: [authress({ accountId: 'acc-1' })],
      refused: [],
    },
  ],
};

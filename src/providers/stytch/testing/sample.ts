import { pathSegmentRule } from '../../../api/schema/fields.ts';
import { pageOf, type ProviderSample } from '../../testing/sample.ts';
import { markValue, metadataKey } from '../wire.ts';

const uid = '00000000-0000-4000-8000-000000000001';

const login = { type: 'Secret', secretKeyRef: { name: 'management', key: 'secret' } };
const gateway = { type: 'Gateway' };
const stytch = (fields: object = {}) => ({
  type: 'Stytch',
  stytch: { projectId: 'project-test-1', auth: login, ...fields },
});

export const sample: ProviderSample = {
  account: (baseUrl, auth) => ({ projectId: 'project-test-1', baseUrl, auth }),
  client: {},
  specific: { metadata: {}, ownKeys: [] },
  list: {
    idField: 'client_id',
    page: (items, next) =>
      pageOf(
        items,
        next === undefined ? undefined : { results_metadata: { next_cursor: next } },
        'm2m_clients',
      ),
    marked: (id, mark, filler) => ({
      client_id: id,
      status: 'active',
      trusted_metadata: {
        filler,
        [metadataKey]: markValue(mark, uid, []),
      },
    }),
  },
  accountRules: [
    {
      at: 'spec.stytch.projectId',
      message: pathSegmentRule.message,
      accepted: [stytch({ projectId: '...' }), stytch({ projectId: '.a' })],
      refused: [stytch({ projectId: '.' }), stytch({ projectId: '..' })],
    },
  ],
  accountChanges: [
    {
      at: 'spec.stytch.projectId',
      message: 'projectId is immutable',
      because: 'it is the identity of the account',
      before: stytch(),
      accepted: [stytch({ baseUrl: 'https://gateway.example.com', auth: gateway })],
      refused: [stytch({ projectId: 'project-test-2' })],
    },
  ],
};

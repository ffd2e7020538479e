import { generateKeyPairSync } from 'node:crypto';
import { Secret } from '../../../runtime/secret.ts';
import { pemOf } from '../../key-pairs.ts';
import type { ProviderSample } from '../../testing/sample.ts';
import { markAttributes } from '../marking.ts';

const ref = { name: 'management', key: 'secret' };
const login = { type: 'ClientCredentials', clientId: 'operator', secretKeyRef: ref };
const gateway = { type: 'Gateway' };
const account = (baseUrl: string, auth: object, more: object = {}) => ({
  baseUrl,
  realm: 'services',
  auth,
  ...more,
});
const object = (auth: object, more: object = {}) => ({
  type: 'Keycloak',
  keycloak: account('https://sso.example.com', auth, more),
});
const at = 'spec.keycloak';

export const sample: ProviderSample = {
  account: (baseUrl, auth) => account(baseUrl, auth),
  secretAuth: { type: 'ClientCredentials', clientId: 'operator' },
  ownLogins: true,
  client: { credential: { type: 'KeyPair' } },
  specific: {
    beyond: [],
    otherLogin: undefined,
    usesSecret: false,
    bearsSecret: false,
    algorithm: undefined,
    points: {},
    lifespan: undefined,
    hasSilentAudience: false,
    optionalScopes: [],
  },
  values: {
    PrivateKey: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    KeyID: new Secret('key-1'),
  },
  idsInQuery: true,
  readsFirst: ['update', 'mint', 'retire', 'release', 'remove', 'turn', 'drop'],
  list: {
    idField: 'clientId',
    pagesByOffset: true,
    page: (items) => `[${items}]`,
    marked: (id, mark, filler = '') => ({
      id,
      clientId: id,
      description: filler,
      attributes: markAttributes(mark, '00000000-0000-4000-8000-000000000001'),
    }),
  },
  accountRules: [
    {
      at: `${at}.auth`,
      message: 'clientId must be set exactly when auth.type is ClientCredentials',
      accepted: [object(login), object(gateway)],
      refused: [object({ ...login, clientId: undefined }), object({ ...gateway, clientId: 'operator' })],
    },
    {
      at: `${at}.auth`,
      message: 'secretKeyRef must be set exactly when auth.type is ClientCredentials',
      accepted: [object(login), object(gateway)],
      refused: [object({ ...login, secretKeyRef: undefined }), object({ ...gateway, secretKeyRef: ref })],
    },
    {
      at: `${at}.auth`,
      message: 'realm can be set only when auth.type is ClientCredentials',
      accepted: [object({ ...login, realm: 'master' })],
      refused: [object({ ...gateway, realm: 'master' })],
    },
  ],
  accountChanges: [
    {
      at: `${at}.realm`,
      message: 'realm is immutable',
      because: 'each realm has clients of its own',
      before: object(login),
      accepted: [object(gateway)],
      refused: [object(login, { realm: 'other' })],
    },
  ],
};

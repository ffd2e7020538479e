import { expect, test } from 'vitest';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { authress } from '../providers/authress/index.ts';
import { plastiq } from '../providers/plastiq/index.ts';
import { scalekit } from '../providers/scalekit/index.ts';
import { stytch } from '../providers/stytch/index.ts';
import { Secret } from '../runtime/secret.ts';
import { published, wantedLayout } from './layout.ts';
import { parseLayout } from './secret-view.ts';

const parse = (spec: object = {}) => machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec });
const usual = 'client-id=ClientID,client-secret=ClientSecret,token-url=TokenURL';
const ofAccessKeys = 'client-id=ClientID,access-key=AccessKey';

test('the layout names entries and formats', () => {
  const secret = {
    entries: [{ key: 'id', field: 'ClientID' }],
    outputFormats: [{ type: 'JSON', key: 'all' }],
  };
  for (const { capabilities } of [stytch, authress, plastiq])
    expect(wantedLayout(parse({ secret }), capabilities, undefined)).toEqual([
      ['id', 'ClientID'],
      ['all', 'JSON'],
    ]);
});

test.each([
  ['Stytch', stytch, {}, usual],
  ['Scalekit', scalekit, {}, usual],
  ['Plastiq', plastiq, {}, 'client-secret=ClientSecret,expiry-time=ExpiryTime'],
  ['Authress', authress, {}, ofAccessKeys],
  [
    'Authress, with a key pair',
    authress,
    { authress: { keyMode: 'PublicKey' } },
    'client-id=ClientID,private-key=PrivateKey,access-key=AccessKey,token-url=TokenURL',
  ],
])('without entries: %s', (_what, { capabilities }, spec, wanted) => {
  expect(wantedLayout(parse(spec), capabilities, undefined)).toEqual(parseLayout(wanted));
});

test('what holds a client secret since before access keys were chosen keeps it, and nothing else does', () => {
  const authressLayout = (present: string, spec: object = {}) =>
    wantedLayout(parse(spec), authress.capabilities, parseLayout(present));
  expect(authressLayout(usual)).toEqual(parseLayout(usual));
  const all = { secret: { outputFormats: [{ type: 'JSON', key: 'all' }] } };
  expect(authressLayout(`${usual},all=JSON`, all)).toEqual(parseLayout(`${usual},all=JSON`));
  expect(authressLayout(ofAccessKeys)).toEqual(parseLayout(ofAccessKeys));
  expect(authressLayout('client-id=ClientID,client-secret=ClientSecret')).toEqual(parseLayout(ofAccessKeys));
});

test('of a credential only what the Secret holds counts, and all of it where it holds none', () => {
  const [accessKey, clientSecret] = [new Secret('a'), new Secret('c')];
  const values = { AccessKey: accessKey, ClientSecret: clientSecret };
  expect(published(values, parseLayout(usual))).toEqual({ ClientSecret: clientSecret });
  expect(published(values, parseLayout(ofAccessKeys))).toEqual({ AccessKey: accessKey });
  expect(published(values, parseLayout('id=ClientID'))).toEqual(values);
});

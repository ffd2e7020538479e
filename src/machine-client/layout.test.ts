import { expect, test } from 'vitest';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { defaultEntries as ofAuthress } from '../providers/authress/fields.ts';
import { usualEntries } from '../providers/default-entries.ts';
import { defaultEntries as ofPlastiq } from '../providers/plastiq/fields.ts';
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
  for (const defaultEntries of [usualEntries, ofAuthress, ofPlastiq])
    expect(wantedLayout(parse({ secret }), { defaultEntries }, undefined)).toEqual([
      ['id', 'ClientID'],
      ['all', 'JSON'],
    ]);
});

test.each([
  ['a client id and its secret', usualEntries, {}, usual],
  ['Plastiq', ofPlastiq, {}, 'client-secret=ClientSecret,expiry-time=ExpiryTime'],
  ['Authress', ofAuthress, {}, ofAccessKeys],
  [
    'Authress, with a key pair',
    ofAuthress,
    { credential: { type: 'KeyPair' } },
    'client-id=ClientID,private-key=PrivateKey,access-key=AccessKey,token-url=TokenURL',
  ],
])('without entries: %s', (_what, defaultEntries, spec, wanted) => {
  expect(wantedLayout(parse(spec), { defaultEntries }, undefined)).toEqual(parseLayout(wanted));
});

test('what holds a client secret since before access keys were chosen keeps it, and nothing else does', () => {
  const authressLayout = (present: string, spec: object = {}) =>
    wantedLayout(parse(spec), { defaultEntries: ofAuthress }, parseLayout(present));
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

import { expect, test } from 'vitest';
import { refusalOf } from './refusal.ts';

test.each([
  ['acme-cloud', 'must begin with a capital letter'],
  ['../Acme', 'must begin with a capital letter'],
  [`A${'c'.repeat(40)}`, 'at most 40 letters and digits'],
  ['\u001b[2J', 'the type "\\u001b[2J" must begin'],
  ['acme', 'must begin with a capital letter'],
  ['STYTCH', 'there is a provider stytch already'],
  ['Delete', 'delete is a word of the language'],
  ['ProviderRef', 'the kinds have a field providerref already'],
  ['Schema', 'src/providers has a schema already'],
  ['Testing', 'src/providers has a testing already'],
])('%j is refused', (type, message) => {
  expect(refusalOf(type)).toContain(message);
});

test.each(['Acme', 'AcmeCloud', 'Auth0', 'WorkOS'])('%s may be one', (type) => {
  expect(refusalOf(type)).toBeUndefined();
});

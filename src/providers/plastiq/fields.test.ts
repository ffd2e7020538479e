import { expect, test } from 'vitest';
import { ephemeralWish } from '../../../test/conformance/ephemeral-conformance.ts';
import { entryFields } from '../../api/schema/machine-client-secret.ts';
import { caveat, refuse } from './fields.ts';

const payerId = '2f0c6d0e-3a75-4b56-9b5c-6f1d2c0a7e11';
const entry = (field: string) => ({ secret: { entries: [{ key: 'k', field }] } });
const meaningless = (field: string): string => `${field} means nothing to Plastiq; remove it`;

const foreign: readonly (readonly [field: string, spec: object])[] = [
  ['spec.state Inactive', { state: 'Inactive' }],
  ['spec.adoptionPolicy Existing', { adoptionPolicy: 'Existing' }],
  ...['ClientID', 'PrivateKey', 'AccessKey', 'TokenURL', 'Scopes'].map(
    (field) => [`spec.secret.entries[0].field ${field}`, entry(field)] as const,
  ),
];
test.each(foreign)('%s means nothing here', (field, spec) => {
  expect(refuse(ephemeralWish(spec))).toEqual({ reason: 'FieldNotSupported', message: meaningless(field) });
});

const wrong: readonly (readonly [name: string, plastiq: object, message: string])[] = [
  ...['payer-1', `${payerId}0`, payerId.replaceAll('-', '')].map(
    (id) =>
      [
        `the payer ${id}`,
        { payerId: id },
        "spec.plastiq.payerId must be a UUID: it is the payer's id at Plastiq",
      ] as const,
  ),
];
test.each(wrong)('%s is refused before anything is sent', (_name, plastiq, message) => {
  expect(refuse(ephemeralWish({ plastiq }))).toEqual({ reason: 'FieldNotSupported', message });
});

test('V1 without a payer is refused before anything is sent', () => {
  expect(refuse(ephemeralWish({ plastiq: { version: 'V1' } }))).toEqual({
    reason: 'FieldRequired',
    message: 'spec.plastiq.payerId is required with version V1: such a secret belongs to a payer',
  });
});

test.each([
  ['nothing at all', {}],
  ['V1 with a payer', { plastiq: { version: 'V1', payerId } }],
  ['a payer in capitals', { plastiq: { payerId: payerId.toUpperCase() } }],
  ['V2 without a payer', { plastiq: { version: 'V2' } }],
  [
    'every entry that has a value',
    {
      secret: {
        entries: entryFields
          .filter((field) => ['ClientSecret', 'ExpiryTime', 'Issuer', 'Provider', 'Type'].includes(field))
          .map((field) => ({ key: field, field })),
        outputFormats: [{ type: 'JSON', key: 'json' }],
      },
    },
  ],
  ['policies that change nothing', { deletionPolicy: 'Retain', rotation: { verification: 'Never' } }],
])('%s is borne', (_name, spec) => {
  expect(refuse(ephemeralWish(spec))).toBeUndefined();
});

test('what a secret is good for is said, and no more is promised of it than Plastiq promises', () => {
  expect(caveat(ephemeralWish({ plastiq: { version: 'V1', payerId } }))).toBe(
    'it works once, and for 60 seconds after it was issued: whoever uses it first spends it, so it is of use only to a consumer that takes it at once',
  );
  for (const wish of [ephemeralWish({ plastiq: { payerId } }), ephemeralWish()])
    expect(caveat(wish)).toBe(
      'it works for 30 minutes, and Plastiq calls it a one-time token: that it may be used again is not promised',
    );
});

import { describe, expect, test } from 'vitest';
import { samples } from '../../test/helpers/samples.ts';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { makeMark } from './mark.ts';
import { boundedOf, impersonationOf, refuseWish } from './members.ts';
import type { Account } from './provider.ts';

const wishOf = (fields: object) => ({
  spec: machineClientSpec.parse({ providerRef: { name: 'p' }, ...fields }),
  mark: makeMark('inst', 'ns', 'app'),
  uid: 'u',
});
const accountOf = (type: string, fields: readonly string[], canList = true): Account =>
  ({
    type,
    capabilities: { fields, canList },
    refuse: () => ({ reason: 'PolicyDenied', message: 'asked' }),
  }) as unknown as Account;

const clientId = 'c';
const importSecretRef = { name: 's', key: 'k' };
/** An example of each field that not every provider has. */
const fields: Readonly<Record<string, object>> = {
  displayName: { displayName: '' },
  description: { description: 'd' },
  scopes: { scopes: [] },
  audiences: { audiences: [] },
  organizationId: { organizationId: 'org_1' },
  accessTokenLifetime: { accessTokenLifetime: '1h' },
  customClaims: { customClaims: [] },
  customMetadata: { customMetadata: {} },
  clientId: { clientId },
  'credential.type KeyPair': { credential: { type: 'KeyPair' } },
  'rotation.method Replace': { rotation: { method: 'Replace' } },
  'credential.tokenEndpointAuthMethod': { credential: { tokenEndpointAuthMethod: 'ClientSecretPost' } },
  'credential.importSecretRef': { clientId, credential: { importSecretRef } },
};

describe.each(samples)('$type', ({ type, module }) => {
  const supported = module.capabilities.fields;

  test.each(samples.filter((other) => other.module.schema.client))('and the member of $type', (other) => {
    const { member } = other.module.schema;
    const refusal = refuseWish(accountOf(type, supported), wishOf({ [member]: {} }));
    expect(refusal?.message).toBe(
      type === other.type ? 'asked' : `spec.${member} means nothing to ${type}; remove it`,
    );
  });

  test.each(Object.entries(fields))('and the field %s', (field, value) => {
    const [name = ''] = field.split(' ');
    const isSupported = supported.includes(name);
    // An import names the client, too.
    const first =
      name === 'credential.importSecretRef' && !supported.includes('clientId') ? 'clientId' : field;
    expect(refuseWish(accountOf(type, supported), wishOf(value))).toEqual(
      isSupported
        ? { reason: 'PolicyDenied', message: 'asked' }
        : { reason: 'FieldNotSupported', message: `spec.${first} means nothing to ${type}; remove it` },
    );
  });

  test('declares fields that there are', () => {
    const names = Object.keys(fields).map((field) => field.split(' ')[0]);
    const unknown = supported.filter(
      (field) => !names.includes(field) && field !== 'state' && field !== module.schema.member,
    );
    expect(unknown).toEqual([]);
  });
});

test('a provider that this version does not know has no member of its own', () => {
  expect(refuseWish(accountOf('Other', []), wishOf({ authress: {} }))?.message).toContain(
    'spec.authress means nothing',
  );
});

test('what a member asks for is found, whichever provider has it', () => {
  const { spec } = wishOf({ authress: { options: { grantTokenGeneration: true } } });
  expect(impersonationOf(spec)).toBe('authress.options.grantTokenGeneration');
  expect(boundedOf(wishOf({ plastiq: { payerId: 'payer' } }).spec)).toEqual({ payerIds: ['payer'] });
  expect(boundedOf(wishOf({}).spec)).toEqual({});
  expect(impersonationOf(wishOf({}).spec)).toBeUndefined();
});

describe('managementPolicy CredentialsOnly', () => {
  const borrowing = { managementPolicy: 'CredentialsOnly', clientId };
  const refusal = (more: object, canList = true) => {
    const supported = [...Object.keys(fields), 'credential.type', 'authress'];
    return refuseWish(accountOf('Authress', supported, canList), wishOf({ ...borrowing, ...more }))?.message;
  };

  test.each([
    ['displayName', { displayName: 'App' }],
    ['scopes', { scopes: [] }],
    ['customMetadata', { customMetadata: {} }],
    ['authress', { authress: {} }],
    ['state Inactive', { state: 'Inactive' }],
    ['credential.importSecretRef', { credential: { importSecretRef } }],
  ])('%s would be ignored, and is refused', (field, more) => {
    expect(refusal(more)).toBe(
      `spec.${field} cannot be set with managementPolicy CredentialsOnly: the client is somebody else's, and stays as it is`,
    );
  });

  test('what says where the client is, and what kind of credential it gets, is not', () => {
    expect(refusal({})).toBe('asked');
    expect(refusal({ organizationId: 'org_1', credential: { type: 'KeyPair' } })).toBe('asked');
  });

  test('where there are no clients it means nothing', () => {
    expect(refusal({}, false)).toBe('spec.managementPolicy CredentialsOnly means nothing to Authress');
  });
});

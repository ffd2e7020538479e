import { expect, test } from 'vitest';
import { samples } from '../../test/helpers/samples.ts';
import { machineClientSpec } from '../api/schema/machine-client.ts';
import { makeMark } from './mark.ts';
import {
  closedFieldsOf,
  impersonationOf,
  importSecretRefOf,
  organizationIdOf,
  refuseWish,
} from './members.ts';
import type { Account } from './provider.ts';
import { registry, type ProviderType } from './registry.ts';

const types = Object.keys(registry) as ProviderType[];
/** The least that each member has. */
const least = Object.fromEntries(samples.map(({ module, client }) => [module.schema.member, client]));
const specWith = (member: string, value: object = least[member] ?? {}) =>
  machineClientSpec.parse({ providerRef: { name: 'p' }, [member]: value });
const wishOf = (spec: ReturnType<typeof specWith>) => ({
  spec,
  mark: makeMark('inst', 'ns', 'app'),
  uid: 'u',
});
const accountOf = (type: string): Account =>
  ({ type, refuse: () => ({ reason: 'PolicyDenied', message: 'asked' }) }) as unknown as Account;

const pairs = types.flatMap((type) =>
  types.map((other) => ({ type, other, member: registry[other].schema.member })),
);

test.each(pairs)('$type and the member of $other', ({ type, other, member }) => {
  const refusal = refuseWish(accountOf(type), wishOf(specWith(member)));
  expect(refusal?.message).toBe(
    type === other ? 'asked' : `spec.${member} means nothing to ${type}; remove it`,
  );
});

test('a provider that this version does not know has no member of its own', () => {
  expect(refuseWish(accountOf('Other'), wishOf(specWith('stytch')))?.message).toContain(
    'spec.stytch means nothing',
  );
});

test('what a member asks for is found, whichever provider has it', () => {
  const imported = specWith('stytch', { importSecretRef: { name: 's', key: 'k' } });
  expect(importSecretRefOf({ ...imported, clientId: 'c' })).toEqual({
    field: 'stytch.importSecretRef',
    ref: { name: 's', key: 'k' },
  });
  expect(organizationIdOf(specWith('scalekit'))).toBe('org_1');
  expect(impersonationOf(specWith('authress', { options: { grantTokenGeneration: true } }))).toBe(
    'authress.options.grantTokenGeneration',
  );
  expect(closedFieldsOf(specWith('plastiq', { payerId: 'payer' }))).toMatchObject({
    'plastiq.payerId': 'payer',
  });
  for (const ask of [importSecretRefOf, organizationIdOf, impersonationOf])
    expect(ask(machineClientSpec.parse({ providerRef: { name: 'p' } }))).toBeUndefined();
});

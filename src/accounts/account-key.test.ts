import { expect, test } from 'vitest';
import { clusterIdentityProviderSpec } from '../api/schema/identity-provider.ts';
import { ok } from '../providers/outcome.ts';
import { moduleOf } from '../providers/registry.ts';
import { Secret } from '../runtime/secret.ts';
import { accountKey, type Login } from './account-key.ts';

/** Who shares an account with whom, where the login is more than a stored secret. */

const spec = clusterIdentityProviderSpec.parse({
  type: 'VaultAppRole',
  vaultAppRole: { address: 'https://vault.example.com', auth: { type: 'Gateway' } },
  connection: { headers: [{ name: 'X-Key', valueFrom: { secretKeyRef: { name: 'gateway', key: 'key' } } }] },
});
const keyOf = (key: string, more: Partial<Login> = {}): string => {
  const module = moduleOf(spec.type);
  if (!module) throw new Error('no such provider');
  const headers = [{ name: 'X-Key', value: new Secret('the same') }];
  const connection = { baseUrl: 'https://vault.example.com', timeoutMs: 1, headers, refuseLocal: false };
  return accountKey(key, spec, module, { connection, credential: undefined, ...more });
};

test('the same header from a Secret is the same login', () => {
  expect(keyOf('one')).toBe(keyOf('two'));
});

test('a header that others have too does not share what the operator’s own token opens', () => {
  const own = { ownToken: async () => ok(new Secret('jwt')) };
  expect(keyOf('one', own)).not.toBe(keyOf('two'));
  expect(keyOf('one', own)).not.toBe(keyOf('one'));
  expect(keyOf('one', own)).not.toBe(keyOf('two', own));
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machineClientSpec, type ProviderKind } from '../api/schema/machine-client.ts';
import { matchesPattern, policyExcess, policyRefusal } from './client-policy.ts';

describe('patterns', () => {
  test.each([
    ['read:*', 'read:invoices', true],
    ['read:*', 'read:', true],
    ['read:*', 'write:read:x', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['', '', true],
    ['', 'x', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-c-b', false],
    ['a*ba', 'aba', true],
    ['ab*ba', 'aba', false],
    ['*b*b*', 'b', false],
    ['a**b', 'ab', true],
    ['a.c', 'abc', false],
    ['read', 'read:x', false],
  ])('%j and %j: %s', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });

  test('as a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (pattern, value) => {
        const source = pattern
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        expect(matchesPattern(pattern, value)).toBe(new RegExp(`^${source}$`).test(value));
      }),
    );
  });
});

describe('what the provider object does not let ask for', () => {
  const refusal = (
    spec: Record<string, unknown>,
    policy: {
      scopes?: string[];
      audiences?: string[];
      organizationIds?: string[];
      impersonation?: 'Allow' | 'Deny';
    },
    kind: ProviderKind = 'IdentityProvider',
  ): string | undefined =>
    policyRefusal(
      machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
      { adoption: 'Deny', impersonation: 'Deny', ...policy },
      kind,
    )?.message;

  test.each([
    ['no list on an IdentityProvider allows all', { scopes: ['x'] }, {}, undefined, undefined],
    [
      'no list on a ClusterIdentityProvider allows nothing',
      { scopes: ['x'] },
      {},
      'ClusterIdentityProvider',
      'the scope x is not allowed by spec.clientPolicy.scopes of the ClusterIdentityProvider p',
    ],
    ['nothing asked for needs no list', {}, {}, 'ClusterIdentityProvider', undefined],
    [
      'an empty list allows nothing',
      { scopes: ['x'] },
      { scopes: [] },
      undefined,
      'the scope x is not allowed by spec.clientPolicy.scopes of the IdentityProvider p',
    ],
    [
      'every scope must be allowed',
      { scopes: ['read:a', 'write:a'] },
      { scopes: ['read:*'] },
      undefined,
      'the scope write:a is not allowed by spec.clientPolicy.scopes of the IdentityProvider p',
    ],
    [
      'audiences',
      { audiences: ['a'] },
      { audiences: ['b'] },
      undefined,
      'the audience a is not allowed by spec.clientPolicy.audiences of the IdentityProvider p',
    ],
    [
      'organizations',
      { organizationId: 'org_1' },
      { organizationIds: ['org_2'] },
      undefined,
      'the organization org_1 is not allowed by spec.clientPolicy.organizationIds of the IdentityProvider p',
    ],
    [
      'impersonation',
      { authress: { options: { grantTokenGeneration: true } } },
      {},
      undefined,
      'authress.options.grantTokenGeneration is not allowed by spec.clientPolicy.impersonation of the IdentityProvider p',
    ],
    [
      'impersonation that is allowed',
      { authress: { options: { grantTokenGeneration: true } } },
      { impersonation: 'Allow' as const },
      undefined,
      undefined,
    ],
    [
      'options that grant nothing',
      { authress: { options: { grantTokenGeneration: false } } },
      {},
      undefined,
      undefined,
    ],
  ] as const)('%s', (_name, spec, policy, kind, expected) => {
    expect(refusal(spec, structuredClone(policy) as Parameters<typeof refusal>[1], kind)).toBe(expected);
  });
});

describe('what reaches a token or a right, and has no list', () => {
  const fields: Record<string, Record<string, unknown>> = {
    customMetadata: { customMetadata: { role: 'admin' } },
    customClaims: {
      organizationId: 'org_1',
      customClaims: [{ key: 'role', value: 'admin' }],
    },
    accessTokenLifetime: { organizationId: 'org_1', accessTokenLifetime: '8760h' },
    'authress.options.grantUserPermissionsAccess': {
      authress: { options: { grantUserPermissionsAccess: true } },
    },
    'authress.rateLimits': { authress: { rateLimits: [{ duration: '1h', quota: 1_000_000 }] } },
    'plastiq.payerId': { plastiq: { payerId: 'of-somebody' } },
    'plastiq.endUser': { plastiq: { endUser: { deviceId: 'of-somebody' } } },
  };
  const policy = { adoption: 'Deny' as const, impersonation: 'Deny' as const, organizationIds: ['*'] };
  test.each(Object.entries(fields))('%s is refused on a ClusterIdentityProvider alone', (field, spec) => {
    const parsed = machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec });
    expect(policyRefusal(parsed, policy, 'ClusterIdentityProvider')).toEqual({
      reason: 'PolicyDenied',
      message: `spec.${field} cannot be set with a ClusterIdentityProvider: its clientPolicy does not allow it; use an IdentityProvider`,
    });
    expect(policyRefusal(parsed, policy, 'IdentityProvider')).toBeUndefined();
  });

  test('what asks for nothing is not refused', () => {
    const asks = [
      { customMetadata: {} },
      { authress: { options: { grantUserPermissionsAccess: false }, rateLimits: [] } },
      { organizationId: 'org_1', customClaims: [] },
      { plastiq: {} },
    ];
    for (const spec of asks)
      expect(
        policyRefusal(
          machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
          policy,
          'ClusterIdentityProvider',
        ),
      ).toBeUndefined();
  });
});

describe('what a client is', () => {
  const client = { id: 'c', scopes: ['read:a', 'admin'], audiences: [] };
  const policy = { adoption: 'Allow' as const, impersonation: 'Deny' as const, scopes: ['read:*'] };
  const excess = (spec: Record<string, unknown>) =>
    policyExcess(
      client,
      machineClientSpec.parse({ providerRef: { name: 'p' }, ...spec }),
      policy,
      'ClusterIdentityProvider',
    );

  test('counts, whether the spec names it or not; what it names can be put right', () => {
    expect(excess({})).toEqual({
      reason: 'PolicyDenied',
      message:
        'the client c has the scope admin, which is not allowed by spec.clientPolicy.scopes of the ClusterIdentityProvider p; name its scopes in spec.scopes',
      managed: false,
    });
    expect(excess({ scopes: ['read:a'] })?.managed).toBe(true);
    expect(
      policyExcess(
        client,
        machineClientSpec.parse({ providerRef: { name: 'p' } }),
        { ...policy, scopes: ['*'] },
        'ClusterIdentityProvider',
      ),
    ).toBeUndefined();
  });
});

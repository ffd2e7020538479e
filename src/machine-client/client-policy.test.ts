import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samples } from '../../test/helpers/samples.ts';
import { clusterIdentityProviderSpec, identityProviderSpec } from '../api/schema/identity-provider.ts';
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

type Fields = Readonly<Record<string, unknown>>;
const client = (fields: Fields) => machineClientSpec.parse({ providerRef: { name: 'p' }, ...fields });
const accounts: Readonly<Record<string, Fields>> = Object.fromEntries(
  samples.map(({ type, module, account, secretAuth }) => [
    type,
    {
      type,
      [module.schema.member]: account('https://api.example.com', {
        type: 'Secret',
        secretKeyRef: { name: 'n', key: 'k' },
        ...secretAuth,
      }),
    },
  ]),
);
/** With the defaults of its kind. */
const providerOf = (clientPolicy: Fields, kind: ProviderKind, type = 'Stytch') => {
  const schema = kind === 'IdentityProvider' ? identityProviderSpec : clusterIdentityProviderSpec;
  return schema.parse({ ...accounts[type], clientPolicy });
};

describe('what the provider object does not let ask for', () => {
  const refusal = (
    spec: Fields,
    policy: Fields,
    kind: ProviderKind = 'IdentityProvider',
    type?: string,
  ): string | undefined => policyRefusal(client(spec), providerOf(policy, kind, type), kind)?.message;
  const denied = (what: string, field: string, kind: ProviderKind): string =>
    `${what} is not allowed by spec.clientPolicy.${field} of the ${kind} p`;

  /** One value of each list, and what it is called. */
  const lists: readonly (readonly [field: string, spec: Fields, what: string])[] = [
    ['scopes', { scopes: ['x'] }, 'the scope x'],
    ['audiences', { audiences: ['x'] }, 'the audience x'],
    ['organizationIds', { organizationId: 'x' }, 'the organization x'],
    ['payerIds', { plastiq: { payerId: 'x' } }, 'the payer x'],
    ['tokenPolicies', { vaultAppRole: { tokenPolicies: ['x'] } }, 'the policy x'],
    ['customClaims', { customClaims: [{ key: 'x', value: 'y' }] }, 'the custom claim x'],
    ['customMetadata', { customMetadata: { x: 'y' } }, 'the key of custom metadata x'],
  ];

  test.each(lists)('%s', (field, spec, what) => {
    expect(refusal(spec, {})).toBeUndefined();
    expect(refusal(spec, { [field]: [] })).toBe(denied(what, field, 'IdentityProvider'));
    expect(refusal(spec, { [field]: ['y', 'z*'] })).toBe(denied(what, field, 'IdentityProvider'));
    const shared = 'ClusterIdentityProvider';
    expect(refusal(spec, {}, shared)).toBe(denied(what, field, shared));
    expect(refusal(spec, { [field]: ['y', 'x*'] }, shared)).toBeUndefined();
  });

  test('every value must be allowed', () => {
    expect(refusal({ scopes: ['read:a', 'write:a'] }, { scopes: ['read:*'] })).toBe(
      denied('the scope write:a', 'scopes', 'IdentityProvider'),
    );
  });

  test.each([
    {},
    { scopes: [], audiences: [], customClaims: [], customMetadata: {} },
    { authress: { options: { grantUserPermissionsAccess: false }, rateLimits: [] } },
    { plastiq: {} },
  ])('what asks for nothing is not refused: %j', (spec) => {
    expect(refusal(spec, {}, 'ClusterIdentityProvider')).toBeUndefined();
  });

  test.each(['grantTokenGeneration', 'grantUserPermissionsAccess'])('impersonation: %s', (option) => {
    const asks = (value: boolean) => ({ authress: { options: { [option]: value } } });
    expect(refusal(asks(true), {})).toBe(
      denied(`authress.options.${option}`, 'impersonation', 'IdentityProvider'),
    );
    expect(refusal(asks(true), { impersonation: 'Allow' })).toBeUndefined();
    expect(refusal(asks(false), {})).toBeUndefined();
  });

  test('credentials on clients of somebody else need what adoption needs', () => {
    const borrowing = { managementPolicy: 'CredentialsOnly', clientId: 'c' };
    expect(refusal(borrowing, {})).toBe(
      denied('managementPolicy CredentialsOnly', 'adoption', 'IdentityProvider'),
    );
    expect(refusal(borrowing, { adoption: 'Allow' })).toBeUndefined();
  });

  describe('the lifetime of access tokens', () => {
    const most = { maxAccessTokenLifetime: '1h' };
    test.each([
      ['as long as is allowed', '60m', undefined],
      ['longer', '61m', 'the lifetime 61m of access tokens is not allowed by'],
      ['not named, where it can be chosen', undefined, 'spec.accessTokenLifetime must be set, to at most 1h'],
    ])('%s', (_name, accessTokenLifetime, says) => {
      const said = refusal({ accessTokenLifetime }, most, 'IdentityProvider', 'Scalekit');
      if (says === undefined) expect(said).toBeUndefined();
      else expect(said).toContain(says);
    });

    test('of a client of somebody else, which takes none from a spec', () => {
      const borrowing = { managementPolicy: 'CredentialsOnly', clientId: 'c' };
      const policy = { ...most, adoption: 'Allow' };
      expect(refusal(borrowing, policy, 'IdentityProvider', 'Scalekit')).toBeUndefined();
    });

    test('without a bound, or where it cannot be chosen', () => {
      expect(refusal({ accessTokenLifetime: '8760h' }, {})).toBeUndefined();
      expect(refusal({}, most, 'IdentityProvider', 'Stytch')).toBeUndefined();
    });
  });
});

describe('what a client is', () => {
  const shown = { id: 'c', scopes: [], audiences: [] };
  const kind = 'ClusterIdentityProvider';
  const excess = (has: Parameters<typeof policyExcess>[0], differences: string[] = [], policy: Fields = {}) =>
    policyExcess(has, differences, client({}), providerOf(policy, kind), kind);

  test.each([
    ['scopes', { scopes: ['x'] }, 'the scope x', 'scopes', 'name its scopes in spec.scopes'],
    [
      'audiences',
      { audiences: ['x'] },
      'the audience x',
      'audiences',
      'name its audiences in spec.audiences',
    ],
    [
      'customClaims',
      { powers: { customClaims: ['x'] } },
      'the custom claim x',
      'customClaims',
      'name its claims in spec.customClaims',
    ],
    [
      'customMetadata',
      { powers: { customMetadata: ['x'] } },
      'the key of custom metadata x',
      'customMetadata',
      'remove the key at the provider',
    ],
    [
      'authress.options',
      { powers: { impersonation: { right: 'grantTokenGeneration', field: 'authress.options' } } },
      'the right grantTokenGeneration',
      'impersonation',
      'take it away at the provider, or set it to false in spec.authress.options',
    ],
    [
      'vaultAppRole.tokenPolicies',
      { powers: { tokenPolicies: { names: ['x'], field: 'vaultAppRole.tokenPolicies' } } },
      'the policy x',
      'tokenPolicies',
      'name its policies in spec.vaultAppRole.tokenPolicies, or take it away at the provider',
    ],
  ])(
    '%s count, whether the spec names them or not; what differs is put right',
    (field, has, what, policy, way) => {
      expect(excess({ ...shown, ...has })).toEqual({
        reason: 'PolicyDenied',
        message: `the client c has ${what}, which is not allowed by spec.clientPolicy.${policy} of the ClusterIdentityProvider p; ${way}`,
        managed: false,
      });
      expect(excess({ ...shown, ...has }, [field])?.managed).toBe(true);
      const allowed = policy === 'impersonation' ? 'Allow' : ['x'];
      expect(excess({ ...shown, ...has }, [], { [policy]: allowed })).toBeUndefined();
    },
  );

  test('the lifetime of its access tokens counts where the provider shows it', () => {
    const living = (accessTokenLifetimeMs?: number) => ({ ...shown, powers: { accessTokenLifetimeMs } });
    const most = { maxAccessTokenLifetime: '1h' };
    expect(excess(living(3_601_000), ['accessTokenLifetime'], most)).toEqual({
      reason: 'PolicyDenied',
      message:
        'the client c has access tokens that live for 3601s, which is not allowed by spec.clientPolicy.maxAccessTokenLifetime of the ClusterIdentityProvider p; set spec.accessTokenLifetime to at most 1h',
      managed: true,
    });
    expect(excess(living(3_600_000), [], most)).toBeUndefined();
    expect(excess(living(), [], most)).toBeUndefined();
    expect(excess(living(1e12))).toBeUndefined();
  });

  test('a lifetime that is not shown is not known to be allowed, where no spec sets it', () => {
    const provider = providerOf({ maxAccessTokenLifetime: '1h' }, kind, 'Scalekit');
    const borrowing = client({ managementPolicy: 'CredentialsOnly', clientId: 'c' });
    expect(policyExcess(shown, [], borrowing, provider, kind)?.message).toContain(
      'access tokens whose lifetime is not shown',
    );
  });

  test('policies that are not shown are allowed by who allows any of them', () => {
    const hidden = {
      ...shown,
      powers: { tokenPolicies: { names: 'not-shown', field: 'vaultAppRole.tokenPolicies' } },
    } as const;
    for (const tokenPolicies of [[], ['a', 'read-*']])
      expect(excess(hidden, [], { tokenPolicies })).toMatchObject({
        reason: 'PolicyDenied',
        message: expect.stringContaining('tokens whose policies are not shown') as string,
        managed: false,
      });
    expect(excess(hidden, [], { tokenPolicies: ['a', '*'] })).toBeUndefined();
  });

  test('what an update takes away hides nothing that it leaves', () => {
    const has = { ...shown, scopes: ['x'], audiences: ['y'] };
    expect(excess(has, ['scopes'])).toMatchObject({ managed: false });
    expect(excess(has, ['scopes', 'audiences'])).toMatchObject({ managed: true });
  });
});

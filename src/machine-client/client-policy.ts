import type { ProviderKind } from '../api/schema/machine-client.ts';
import type { ClusterIdentityProviderSpec } from '../api/schema/identity-provider.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import { parseDuration } from '../api/durations.ts';
import { boundedOf, impersonationOf } from '../providers/members.ts';
import type { Powers, Refusal, UpstreamClient } from '../providers/provider.ts';
import { moduleOf } from '../providers/registry.ts';

/** `*` stands for any run of characters, also none. */
export const matchesPattern = (pattern: string, value: string): boolean => {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return value === pattern;
  const last = parts.at(-1) ?? '';
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length)
    return false;
  // The first match of each middle part leaves the most room for the next one.
  let from = first.length;
  const end = value.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = value.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
};

type Provider = Pick<ClusterIdentityProviderSpec, 'type' | 'clientPolicy'>;

/** The lists of the policy, and what one of their values is called. */
const named = {
  scopes: 'the scope',
  audiences: 'the audience',
  organizationIds: 'the organization',
  payerIds: 'the payer',
  tokenPolicies: 'the policy',
  customClaims: 'the custom claim',
  customMetadata: 'the key of custom metadata',
} as const satisfies Readonly<Partial<Record<keyof Provider['clientPolicy'], string>>>;
type List = keyof typeof named;
const lists = Object.keys(named) as readonly List[];

const firstRefused = (asked: readonly string[], { clientPolicy }: Provider, list: List): string | undefined =>
  asked.find((value) => !clientPolicy[list].some((pattern) => matchesPattern(pattern, value)));

const isTooLong = (lifetimeMs: number, most: string | undefined): boolean =>
  most !== undefined && lifetimeMs > parseDuration(most);

const denied = (message: string): Refusal => ({ reason: 'PolicyDenied', message });
const notAllowed = (what: string, field: keyof Provider['clientPolicy'], kind: ProviderKind, name: string) =>
  `${what} is not allowed by spec.clientPolicy.${field} of the ${kind} ${name}`;

/** Whether clients may live there, whatever else of them is allowed. */
export const allowsOrganization = (organization: string, provider: Provider): boolean =>
  firstRefused([organization], provider, 'organizationIds') === undefined;

/** What the provider object does not let this MachineClient ask for, if anything. */
export const policyRefusal = (
  spec: MachineClientSpec,
  provider: Provider,
  kind: ProviderKind,
): Refusal | undefined => {
  const { name } = spec.providerRef;
  // Whose client it is nobody can tell, so it is for the owner of the account to say that others may get at it.
  if (spec.managementPolicy === 'CredentialsOnly' && provider.clientPolicy.adoption === 'Deny')
    return denied(notAllowed('managementPolicy CredentialsOnly', 'adoption', kind, name));
  const asked: Readonly<Record<List, readonly string[]>> = {
    scopes: spec.scopes ?? [],
    audiences: spec.audiences ?? [],
    organizationIds: spec.organizationId === undefined ? [] : [spec.organizationId],
    payerIds: boundedOf(spec).payerIds ?? [],
    tokenPolicies: boundedOf(spec).tokenPolicies ?? [],
    customClaims: spec.customClaims?.map(({ key }) => key) ?? [],
    customMetadata: Object.keys(spec.customMetadata ?? {}),
  };
  for (const list of lists) {
    const value = firstRefused(asked[list], provider, list);
    if (value !== undefined) return denied(notAllowed(`${named[list]} ${value}`, list, kind, name));
  }
  const { maxAccessTokenLifetime: most, impersonation } = provider.clientPolicy;
  const lifetime = spec.accessTokenLifetime;
  if (lifetime !== undefined && isTooLong(parseDuration(lifetime), most))
    return denied(
      `${notAllowed(`the lifetime ${lifetime} of access tokens`, 'maxAccessTokenLifetime', kind, name)}, which is ${most}`,
    );
  // What the provider would choose by itself nobody knows before the client is made.
  if (
    lifetime === undefined &&
    most !== undefined &&
    choosesLifetime(provider) &&
    spec.managementPolicy !== 'CredentialsOnly'
  )
    return denied(
      `spec.accessTokenLifetime must be set, to at most ${most}: spec.clientPolicy.maxAccessTokenLifetime of the ${kind} ${name} bounds it`,
    );
  const right = impersonationOf(spec);
  return right !== undefined && impersonation === 'Deny'
    ? denied(notAllowed(right, 'impersonation', kind, name))
    : undefined;
};

const choosesLifetime = ({ type }: Provider): boolean =>
  moduleOf(type)?.capabilities.fields.includes('accessTokenLifetime') === true;

/** What a client is, beyond what it may be. `managed`: an update puts it right. */
export interface Excess extends Refusal {
  readonly managed: boolean;
}

/** What a user can do where no update puts it right. */
const ways = {
  scopes: 'name its scopes in spec.scopes',
  audiences: 'name its audiences in spec.audiences',
  customClaims: 'name its claims in spec.customClaims',
  customMetadata: 'remove the key at the provider',
} as const;

type MakeExcess = (
  what: string,
  policy: keyof Provider['clientPolicy'],
  field: string,
  way: string,
) => Excess;

/** Which policies tokens have may be hidden from the operator: then only who allows any of them allows those. */
const policiesBeyond = (
  { names, field }: NonNullable<Powers['tokenPolicies']>,
  provider: Provider,
  excess: MakeExcess,
): readonly Excess[] => {
  const list = 'tokenPolicies';
  if (names === 'not-shown')
    return provider.clientPolicy[list].includes('*')
      ? []
      : [
          excess(
            'tokens whose policies are not shown',
            list,
            field,
            `let the operator read the client at the provider, or allow "*"`,
          ),
        ];
  const name = firstRefused(names, provider, list);
  const way = `name its policies in spec.${field}, or take it away at the provider`;
  return name === undefined ? [] : [excess(`${named[list]} ${name}`, list, field, way)];
};

type Shown = Pick<UpstreamClient, 'id' | 'scopes' | 'audiences'> & { readonly powers?: Powers | undefined };

/**
 * The same of a client as the provider shows it. What the spec leaves out is not managed, and the client has it all the
 * same: so a client that is taken over, or that was made before the policy was narrowed, is compared too. `differences`:
 * the fields in which it differs from the spec, which an update puts right.
 */
export const policyExcess = (
  { id, scopes, audiences, powers = {} }: Shown,
  differences: readonly string[],
  spec: MachineClientSpec,
  provider: Provider,
  kind: ProviderKind,
): Excess | undefined => {
  const { name } = spec.providerRef;
  const excess: MakeExcess = (what, policy, field, way) => ({
    reason: 'PolicyDenied',
    message: `the client ${id} has ${what}, which is not allowed by spec.clientPolicy.${policy} of the ${kind} ${name}; ${way}`,
    managed: differences.includes(field),
  });
  const {
    customClaims = [],
    customMetadata = [],
    accessTokenLifetimeMs,
    tokenPolicies,
    impersonation,
  } = powers;
  const has = { scopes, audiences, customClaims, customMetadata };
  const found = (Object.keys(has) as readonly (keyof typeof has)[]).flatMap((list) => {
    const value = firstRefused(has[list], provider, list);
    return value === undefined ? [] : [excess(`${named[list]} ${value}`, list, list, ways[list])];
  });
  if (tokenPolicies) found.push(...policiesBeyond(tokenPolicies, provider, excess));
  const most = provider.clientPolicy.maxAccessTokenLifetime;
  if (accessTokenLifetimeMs !== undefined && isTooLong(accessTokenLifetimeMs, most))
    found.push(
      excess(
        `access tokens that live for ${accessTokenLifetimeMs / 1_000}s`,
        'maxAccessTokenLifetime',
        'accessTokenLifetime',
        `set spec.accessTokenLifetime to at most ${most}`,
      ),
    );
  // Of somebody else's client the spec sets no lifetime; what is not shown is whatever the provider chooses.
  const isBorrowed = spec.managementPolicy === 'CredentialsOnly';
  if (isBorrowed && accessTokenLifetimeMs === undefined && most !== undefined && choosesLifetime(provider))
    found.push(
      excess(
        'access tokens whose lifetime is not shown',
        'maxAccessTokenLifetime',
        'accessTokenLifetime',
        `set it to at most ${most} at the provider`,
      ),
    );
  if (impersonation !== undefined && provider.clientPolicy.impersonation === 'Deny')
    found.push(
      excess(
        `the right ${impersonation.right}`,
        'impersonation',
        impersonation.field,
        `take it away at the provider, or set it to false in spec.${impersonation.field}`,
      ),
    );
  // What an update takes away hides nothing that it leaves.
  return found.find(({ managed }) => !managed) ?? found[0];
};

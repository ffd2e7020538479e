import type { ProviderKind } from '../api/schema/machine-client.ts';
import type { ClusterIdentityProviderSpec } from '../api/schema/identity-provider.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import { closedFieldsOf, impersonationOf } from '../providers/members.ts';
import type { Refusal, UpstreamClient } from '../providers/provider.ts';

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

type ClientPolicy = ClusterIdentityProviderSpec['clientPolicy'];

/** A list left out: anything on an IdentityProvider, nothing on a ClusterIdentityProvider. */
const firstRefused = (
  asked: readonly string[],
  allowed: readonly string[] | undefined,
  kind: ProviderKind,
): string | undefined =>
  asked.find((value) =>
    allowed ? !allowed.some((pattern) => matchesPattern(pattern, value)) : kind === 'ClusterIdentityProvider',
  );

/** Whether something was asked for at all: an empty list or record asks for nothing. */
const isAsked = (value: unknown): boolean =>
  value !== undefined && (typeof value !== 'object' || value === null || Object.keys(value).length > 0);

/** What the provider object does not let this MachineClient ask for, if anything. */
export const policyRefusal = (
  spec: MachineClientSpec,
  policy: ClientPolicy,
  kind: ProviderKind,
): Refusal | undefined => {
  const refused = (asked: readonly string[], allowed: readonly string[] | undefined): string | undefined =>
    firstRefused(asked, allowed, kind);
  const denied = (what: string, field: string): Refusal => ({
    reason: 'PolicyDenied',
    message: `${what} is not allowed by ${field} of the ${kind} ${spec.providerRef.name}`,
  });
  const scope = refused(spec.scopes ?? [], policy.scopes);
  if (scope !== undefined) return denied(`the scope ${scope}`, 'spec.clientPolicy.scopes');
  const audience = refused(spec.audiences ?? [], policy.audiences);
  if (audience !== undefined) return denied(`the audience ${audience}`, 'spec.clientPolicy.audiences');
  const asked = spec.organizationId;
  const organization = refused(asked === undefined ? [] : [asked], policy.organizationIds);
  if (organization !== undefined)
    return denied(`the organization ${organization}`, 'spec.clientPolicy.organizationIds');
  // On a ClusterIdentityProvider what is not allowed is refused, and for these there is nothing that allows them.
  const closed: Readonly<Record<string, unknown>> =
    kind === 'ClusterIdentityProvider'
      ? {
          customClaims: spec.customClaims,
          customMetadata: spec.customMetadata,
          accessTokenLifetime: spec.accessTokenLifetime,
          ...closedFieldsOf(spec),
        }
      : {};
  const field = Object.keys(closed).find((name) => isAsked(closed[name]));
  if (field !== undefined)
    return {
      reason: 'PolicyDenied',
      message: `spec.${field} cannot be set with a ClusterIdentityProvider: its clientPolicy does not allow it; use an IdentityProvider`,
    };
  const impersonation = impersonationOf(spec);
  return impersonation !== undefined && policy.impersonation === 'Deny'
    ? denied(impersonation, 'spec.clientPolicy.impersonation')
    : undefined;
};

/** What a client is, beyond what it may be. `managed`: the spec names that list, so an update puts it right. */
export interface Excess extends Refusal {
  readonly managed: boolean;
}

/**
 * The same of a client as the provider shows it. What the spec leaves out is not managed, and the client has it all the
 * same: so a client that is taken over, or that was made before the policy was narrowed, is compared too.
 */
export const policyExcess = (
  client: Pick<UpstreamClient, 'id' | 'scopes' | 'audiences'>,
  spec: MachineClientSpec,
  policy: ClientPolicy,
  kind: ProviderKind,
): Excess | undefined => {
  for (const list of ['scopes', 'audiences'] as const) {
    const value = firstRefused(client[list], policy[list], kind);
    if (value !== undefined)
      return {
        reason: 'PolicyDenied',
        message: `the client ${client.id} has the ${list === 'scopes' ? 'scope' : 'audience'} ${value}, which is not allowed by spec.clientPolicy.${list} of the ${kind} ${spec.providerRef.name}; name its ${list} in spec.${list}`,
        managed: spec[list] !== undefined,
      };
  }
  return undefined;
};

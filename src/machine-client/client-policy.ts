import type { ProviderKind } from '../api/schema/machine-client.ts';
import type { ClusterIdentityProviderSpec } from '../api/schema/identity-provider.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { Refusal } from '../providers/provider.ts';

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

/** What the provider object does not let this MachineClient ask for, if anything. */
export const policyRefusal = (
  spec: MachineClientSpec,
  policy: ClusterIdentityProviderSpec['clientPolicy'],
  kind: ProviderKind,
): Refusal | undefined => {
  // A list left out: anything on an IdentityProvider, nothing on a ClusterIdentityProvider.
  const refused = (asked: readonly string[], allowed: readonly string[] | undefined): string | undefined =>
    asked.find((value) =>
      allowed
        ? !allowed.some((pattern) => matchesPattern(pattern, value))
        : kind === 'ClusterIdentityProvider',
    );
  const denied = (what: string, field: string): Refusal => ({
    reason: 'PolicyDenied',
    message: `${what} is not allowed by ${field} of the ${kind} ${spec.providerRef.name}`,
  });
  const scope = refused(spec.scopes ?? [], policy.scopes);
  if (scope !== undefined) return denied(`the scope ${scope}`, 'spec.clientPolicy.scopes');
  const audience = refused(spec.audiences ?? [], policy.audiences);
  if (audience !== undefined) return denied(`the audience ${audience}`, 'spec.clientPolicy.audiences');
  const organization = refused(spec.scalekit ? [spec.scalekit.organizationId] : [], policy.organizationIds);
  if (organization !== undefined)
    return denied(`the organization ${organization}`, 'spec.clientPolicy.organizationIds');
  if (spec.authress?.options?.grantTokenGeneration === true && policy.impersonation === 'Deny')
    return denied('authress.options.grantTokenGeneration', 'spec.clientPolicy.impersonation');
  return undefined;
};

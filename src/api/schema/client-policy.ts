import * as z from 'zod';
import { atLeast, duration, noDays, patterns } from './fields.ts';

const permission = z.enum(['Allow', 'Deny']);

/**
 * What the clients of a provider object may be. It has one shape and one meaning on both kinds; only what its lists allow
 * where they are left out differs, and the schema shows it.
 */
export const clientPolicyOf = (otherwise: readonly string[]) => {
  const list = (description: string) =>
    patterns(`${description} An empty list allows none.`).default([...otherwise]);
  return z
    .strictObject({
      adoption: permission
        .default('Deny')
        .describe('Whether MachineClients may take over clients that exist at the provider.'),
      impersonation: permission
        .default('Deny')
        .describe(
          'Whether clients may have rights over all users of the account: to issue tokens for any user, or to look into the permissions of any user.',
        ),
      scopes: list('The scopes that clients may have.'),
      audiences: list('The audiences that clients may have.'),
      organizationIds: list('The organizations in which clients may live.'),
      payerIds: list('The payers to which issued secrets may be bound.'),
      tokenPolicies: list('The policies that tokens of clients may have.'),
      customClaims: list('The names of custom claims that clients may have.'),
      customMetadata: list('The keys of custom metadata that clients may have.'),
      maxAccessTokenLifetime: duration(
        'The longest lifetime of access tokens that clients may have, for example 24h. Where the provider lets it be chosen, each MachineClient must then set spec.accessTokenLifetime. Left out: what the provider allows.',
        atLeast('1s'),
        noDays,
      ).optional(),
    })
    .prefault({})
    .describe(
      'What MachineClients may ask for, and what their clients may have at the provider. The lists hold values, or patterns with `*` for any characters.',
    );
};

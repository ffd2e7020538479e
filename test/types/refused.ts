import type * as beta from '../../types/v1beta1.d.ts';

/** What `tsc` refuses. Where it does not, the comment before it is an error, so `npm run typecheck` is the test. */

const spec: beta.MachineClientSpec = { providerRef: { name: 'stytch' } };
const limit = { duration: '24h' } as const;
const metadata = { name: 'billing-worker' };
const [apiVersion, kind] = ['machine-client.dev/v1beta1', 'MachineClient'] as const;

export const refused: readonly beta.MachineClient[] = [
  // @ts-expect-error scope is misspelt
  { apiVersion, kind, metadata, spec: { ...spec, scope: [] } },
  // @ts-expect-error intervall is misspelt, further down
  { apiVersion, kind, metadata, spec: { ...spec, rotation: { intervall: '720h' } } },
  // @ts-expect-error there is no such method
  { apiVersion, kind, metadata, spec: { ...spec, rotation: { method: 'Swap' } } },
  // @ts-expect-error only a few numbers exist
  { apiVersion, kind, metadata, spec: { ...spec, authress: { rateLimits: [{ ...limit, quota: 7 }] } } },
  // @ts-expect-error a list of texts
  { apiVersion, kind, metadata, spec: { ...spec, scopes: [1] } },
  // @ts-expect-error null is no list
  { apiVersion, kind, metadata, spec: { ...spec, scopes: null } },
  // @ts-expect-error providerRef is required
  { apiVersion, kind, metadata, spec: {} },
  // @ts-expect-error spec is required
  { apiVersion, kind, metadata },
  // @ts-expect-error another version
  { apiVersion: 'machine-client.dev/v1alpha1', kind, metadata, spec },
  // @ts-expect-error another kind
  { apiVersion, kind: 'IdentityProvider', metadata, spec },
];

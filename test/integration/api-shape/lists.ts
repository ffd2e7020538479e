import type { Kind } from './cluster.ts';

export const policyLists = [
  'scopes',
  'audiences',
  'organizationIds',
  'payerIds',
  'tokenPolicies',
  'customClaims',
  'customMetadata',
] as const;

/** A list of a spec of which an empty one means something else than an absent one. */
export interface Told {
  readonly kind: Kind;
  /** Below `spec`. */
  readonly place: readonly string[];
  readonly some: readonly unknown[];
  /** What `[]` becomes, where it is not refused. */
  readonly none: 'refused' | readonly unknown[];
  /** As what it was defined before it was atomic; nothing where it always was. */
  readonly former?: Readonly<Record<string, unknown>>;
}

const set = { 'x-kubernetes-list-type': 'set' };
const byKey = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] };
const claims = [
  { key: 'a', value: '1' },
  { key: 'b', value: '2' },
];

export const told: readonly Told[] = [
  { kind: 'MachineClient', place: ['scopes'], some: ['b', 'a'], none: [], former: set },
  { kind: 'MachineClient', place: ['audiences'], some: ['b', 'a'], none: [], former: set },
  { kind: 'MachineClient', place: ['customClaims'], some: claims, none: [], former: byKey },
  {
    kind: 'MachineClient',
    place: ['secret', 'entries'],
    some: [{ key: 'id', field: 'ClientID' }],
    none: 'refused',
    former: byKey,
  },
  {
    kind: 'MachineClient',
    place: ['authress', 'rateLimits'],
    some: [{ duration: '24h', quota: 1000 }],
    none: [],
  },
  ...(['tokenPolicies', 'boundCIDRs', 'secretIDBoundCIDRs'] as const).map((list) => ({
    kind: 'MachineClient' as const,
    place: ['vaultAppRole', list],
    some: list === 'tokenPolicies' ? ['b', 'a'] : ['10.0.0.0/8', '2001:db8::/32'],
    none: [],
  })),
  ...(['IdentityProvider', 'ClusterIdentityProvider'] as const).flatMap((kind) =>
    policyLists.map((list) => ({
      kind,
      place: ['clientPolicy', list],
      some: ['b', 'a'],
      none: [],
      former: set,
    })),
  ),
];

import type { Chance } from './chance.ts';
import type { Act, Existing } from './schedule.ts';
import { YEAR_MS } from './upstreams/keycloak-secrets.ts';
import { payer } from './upstreams/plastiq.ts';
import { organizations } from './upstreams/scalekit.ts';
import type { ConsoleDeed, ProviderName } from './upstreams/upstream.ts';

/** How often it is drawn, and how. */
export type Kind = readonly [weight: number, draw: (chance: Chance, name: string) => Act];
type Fields = Record<string, unknown>;

/** What the schedules of one provider have that those of the others have not. */
interface Dialect {
  /** The managed fields of a new object. */
  fields(chance: Chance, name: string): Fields;
  /** Changes of these. */
  edits(chance: Chance, name: string): readonly Fields[];
  /** What no object may have otherwise. */
  readonly fixed?: Fields;
  /** It can be made inactive. */
  readonly states: readonly Fields[];
  readonly console: readonly ConsoleDeed[];
  readonly kinds: readonly Kind[];
  /** What may be there before an object that names it. */
  readonly existing: readonly Existing[];
  /** What is sent to it says the name of an object at most, so that two of one name could not be told apart. */
  readonly namesNoNamespace?: true;
  switches(chance: Chance): Fields;
}

/** How long reads do not show a client that was just made. */
const readLagMs = (chance: Chance): number => chance.pick([0, 0, 0, 0, 25_000]);
const scopes = [['read:invoices'], ['read:invoices', 'write:invoices'], [], ['admin']];
const displayName = (chance: Chance): string => `Client ${chance.whole(1, 9)}`;
const description = (chance: Chance): string => `edited ${chance.whole(1, 99)}`;
const credential: Kind = [2, (chance) => ({ do: 'credential', ms: chance.whole(1_000, 60_000) })];
const fewer = (clients: number): Kind => [
  1,
  (chance) => ({ do: 'quota', clients, ms: chance.whole(10_000, 90_000) }),
];

/** Only where there are clients that two can take for their own. */
export const rival: Kind = [1.5, (_, name) => ({ do: 'rival', name })];

const stytch: Dialect = {
  fields: (chance) => ({
    scopes: chance.pick(scopes),
    ...(chance.happens(0.3) && { displayName: displayName(chance) }),
  }),
  edits: (chance) => [
    { scopes: chance.pick(scopes) },
    { displayName: displayName(chance) },
    { description: description(chance) },
  ],
  states: [{ state: 'Inactive' }, { state: 'Active' }],
  console: ['delete', 'change', 'start', 'promote', 'cancel', 'rotate'],
  kinds: [fewer(1), credential, rival],
  existing: ['client', 'secret', 'merged', 'value'],
  switches: (chance) => ({ readLagMs: readLagMs(chance) }),
};

const byAddition: readonly ConsoleDeed[] = [
  'delete',
  'change',
  'add',
  'add',
  'fill',
  'drop-newest',
  'drop-oldest',
];

/** There it cannot be taken away again. */
const someScopes = scopes.filter(({ length }) => length > 0);

const scalekit: Dialect = {
  fields: (chance) => ({
    scopes: chance.pick(someScopes),
    organizationId: chance.pick(organizations),
    ...(chance.happens(0.3) && { displayName: displayName(chance) }),
    ...(chance.happens(0.2) && { description: description(chance) }),
  }),
  edits: (chance) => [
    { scopes: chance.pick(someScopes) },
    { displayName: displayName(chance) },
    { description: description(chance) },
    { accessTokenLifetime: chance.pick(['10m', '1h']) },
  ],
  states: [],
  console: byAddition,
  existing: ['client', 'secret', 'merged'],
  kinds: [fewer(2), credential, rival, [2, () => ({ do: 'end-sessions' })]],
  switches: (chance) => ({
    managementTokenSeconds: chance.pick([86_399, 86_399, 300, 45]),
    listLagMs: chance.pick([0, 0, 0, 3_000]),
    zeroValues: chance.pick(['print', 'omit']),
    emptyInPatch: chance.pick(['ignore', 'clear']),
    createStatus: chance.pick([200, 201]),
    readLagMs: readLagMs(chance),
  }),
};

const authress: Dialect = {
  fields: (chance) => ({
    ...(chance.happens(0.3) && { displayName: displayName(chance) }),
    ...(chance.happens(0.25) && { credential: { type: 'KeyPair' } }),
    ...(chance.happens(0.3) && { customMetadata: { team: `t${chance.whole(1, 3)}` } }),
  }),
  edits: (chance) => [
    { displayName: displayName(chance) },
    { customMetadata: { team: `t${chance.whole(1, 3)}` } },
    { authress: { options: { grantUserPermissionsAccess: chance.happens(0.5) } } },
    { credential: { type: chance.pick(['KeyPair', 'ClientSecret']) } },
  ],
  states: [],
  console: byAddition,
  kinds: [fewer(1), credential, rival],
  existing: ['client'],
  switches: (chance) => ({
    // Five minutes are documented.
    keyDelayMs: chance.pick([0, 0, 4_000, 40_000, 300_000]),
    keyWindowMs: chance.pick([0, 0, 0, 60_000]),
    listItems: chance.pick(['full', 'summary']),
    pageSizeCap: chance.pick([20, 2]),
    lastPage: chance.pick(['empty', 'null', 'absent']),
    keyOrder: chance.pick(['created', 'newest-first']),
    retryAfter: chance.pick(['absent', 'present']),
    readLagMs: readLagMs(chance),
  }),
};

const policies = [['read-invoices'], ['read-invoices', 'write-invoices'], []];
const vaultapprole: Dialect = {
  fields: (chance) => ({
    ...(chance.happens(0.5) && { vaultAppRole: { tokenPolicies: chance.pick(policies) } }),
  }),
  edits: (chance) => [
    { vaultAppRole: { tokenPolicies: chance.pick(policies), tokenTTL: chance.pick(['10m', '20m']) } },
    { accessTokenLifetime: chance.pick(['1h', '2h']) },
  ],
  // A role cannot be let go.
  fixed: { deletionPolicy: 'Delete' },
  states: [],
  console: byAddition.filter((deed) => deed !== 'fill'),
  existing: [],
  // No rival: nothing at Vault says which of two objects of one name it belongs to.
  kinds: [credential, [2, () => ({ do: 'end-sessions' })]],
  switches: (chance) => ({
    managementTokenTtlMs: chance.pick([3_600_000, 3_600_000, 300_000, 45_000]),
    policyOrder: chance.pick(['written', 'sorted']),
    emptyLists: chance.pick(['not-found', 'empty']),
    goneRole: chance.pick(['errors', 'data']),
    destroyUnknown: chance.pick(['server-error', 'not-found']),
    readLagMs: chance.pick([0, 0, 0, 0, 8_000]),
  }),
};

const keycloak: Dialect = {
  fields: (chance) => ({
    credential: { type: 'KeyPair' },
    scopes: chance.pick(scopes),
    ...(chance.happens(0.3) && { displayName: displayName(chance) }),
    ...(chance.happens(0.3) && { audiences: ['https://invoices.example.com'] }),
  }),
  edits: (chance) => [
    { scopes: chance.pick(scopes) },
    { displayName: displayName(chance) },
    { description: description(chance) },
    { audiences: chance.pick([['https://a.example.com', 'https://b.example.com'], []]) },
    { accessTokenLifetime: chance.pick(['10m', '1h']) },
  ],
  fixed: { credential: { type: 'KeyPair' } },
  states: [{ state: 'Inactive' }, { state: 'Active' }],
  console: byAddition.filter((deed) => deed !== 'fill'),
  existing: ['client'],
  // No rival: a key says the name of its object, and not which of two of that name made it.
  kinds: [credential, [2, () => ({ do: 'end-sessions' })]],
  switches: (chance) => ({
    tokenTtlMs: chance.pick([300_000, 300_000, 60_000]),
  }),
};

const keycloaksecrets: Dialect = {
  fields: (chance, name) => ({ ...keycloak.fields(chance, name), credential: { type: 'ClientSecret' } }),
  edits: (chance, name) => [...keycloak.edits(chance, name), { rotation: { method: 'Replace' } }],
  states: keycloak.states,
  console: ['delete', 'change', 'regenerate', 'regenerate', 'drop-rotated', 'bind', 'unbind'],
  existing: ['client', 'secret', 'merged'],
  kinds: keycloak.kinds,
  switches: (chance) => ({
    ...keycloak.switches(chance),
    secretLifeMs: chance.pick([YEAR_MS, YEAR_MS, YEAR_MS, 0]),
  }),
};

const asked = (chance: Chance, name: string): Fields => ({
  version: chance.happens(0.25) ? 'V1' : 'V2',
  payerId: payer,
  endUser: { deviceId: chance.happens(0.7) ? name : `${name}:${chance.whole(2, 9)}` },
});

const plastiq: Dialect = {
  fields: (chance, name) => ({ plastiq: asked(chance, name) }),
  edits: (chance, name) => [{ plastiq: asked(chance, name) }, { plastiq: asked(chance, name) }],
  states: [],
  console: [],
  existing: [],
  namesNoNamespace: true,
  kinds: [credential, [3, (chance) => ({ do: 'subject', ms: chance.whole(5_000, 120_000) })]],
  switches: (chance) => ({
    createStatus: chance.pick([200, 201]),
    errorShape: chance.pick(['current', '2021']),
    secretPrefix: chance.pick(['', 'cs_']),
  }),
};

export const dialects: Readonly<Record<ProviderName, Dialect>> = {
  stytch,
  scalekit,
  authress,
  plastiq,
  vaultapprole,
  keycloak,
  keycloaksecrets,
};

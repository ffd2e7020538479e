import * as z from 'zod';
import type { UpstreamClient, UpstreamCredential } from '../provider.ts';
import { strings, timeOf } from '../shapes.ts';
import { issuedByOf, markOf, shortMarkOf } from './marking.ts';

/** Unknown fields are let through: a field that is added there must not stop us here. */
const seconds = z.number().nullish();

/** What Vault shows of a role. A list that is empty may be null. */
const role = z.looseObject({
  bind_secret_id: z.boolean().nullish(),
  secret_id_bound_cidrs: strings.nullish(),
  secret_id_num_uses: seconds,
  secret_id_ttl: seconds,
  token_bound_cidrs: strings.nullish(),
  token_explicit_max_ttl: seconds,
  token_max_ttl: seconds,
  token_period: seconds,
  token_policies: strings.nullish(),
  token_ttl: seconds,
});
type RoleWire = z.output<typeof role>;

/** What the operator knows of a role: the same whatever the server leaves out, and in whatever order it shows lists. */
export interface Role {
  readonly bind_secret_id: boolean;
  readonly secret_id_bound_cidrs: readonly string[];
  readonly secret_id_num_uses: number;
  readonly secret_id_ttl: number;
  readonly token_bound_cidrs: readonly string[];
  readonly token_explicit_max_ttl: number;
  readonly token_max_ttl: number;
  readonly token_period: number;
  readonly token_policies: readonly string[];
  readonly token_ttl: number;
}

const listOf = (list: readonly string[] | null | undefined): readonly string[] =>
  [...new Set((list ?? []).map((entry) => entry.toLowerCase()))].toSorted();
/** A single address is shown without its length. */
const cidrsOf = (list: readonly string[] | null | undefined): readonly string[] =>
  listOf(list?.map((cidr) => cidr.replace(/(?<=^[0-9.]+)\/32$|(?<=:.*)\/128$/, '')));

export const roleOf = (wire: RoleWire | Partial<Role>): Role => ({
  bind_secret_id: wire.bind_secret_id ?? true,
  secret_id_bound_cidrs: cidrsOf(wire.secret_id_bound_cidrs),
  secret_id_num_uses: wire.secret_id_num_uses ?? 0,
  secret_id_ttl: wire.secret_id_ttl ?? 0,
  token_bound_cidrs: cidrsOf(wire.token_bound_cidrs),
  token_explicit_max_ttl: wire.token_explicit_max_ttl ?? 0,
  token_max_ttl: wire.token_max_ttl ?? 0,
  token_period: wire.token_period ?? 0,
  token_policies: listOf(wire.token_policies),
  token_ttl: wire.token_ttl ?? 0,
});

export const roleAnswer = z.looseObject({ data: role });
export const roleIdAnswer = z.looseObject({ data: z.looseObject({ role_id: z.string().min(1).max(1024) }) });
export const keysAnswer = z.looseObject({ data: z.looseObject({ keys: strings }) });
export const newSecretIdAnswer = z.looseObject({
  data: z.looseObject({
    secret_id: z.string().min(1),
    secret_id_accessor: z.string().min(1).max(256),
    secret_id_ttl: seconds,
  }),
});
export const secretIdAnswer = z.looseObject({
  data: z.looseObject({
    creation_time: z.string().nullish(),
    expiration_time: z.string().nullish(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export const loginAnswer = z.looseObject({
  auth: z.looseObject({
    client_token: z.string().min(1),
    accessor: z.string().nullish(),
    lease_duration: seconds,
    metadata: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export const tokenAnswer = z.looseObject({ data: z.looseObject({ accessor: z.string().nullish() }) });

/** Each field by itself: what is wrong in one of them hides nothing of the other. */
export const errorAnswer = z.looseObject({
  errors: strings.optional().catch(undefined),
  data: z
    .looseObject({ error: z.string().optional().catch(undefined) })
    .nullish()
    .catch(undefined),
});

/** What our `update`, `mint` and `powers` need to know of the present state. */
export interface VaultSpecific {
  /** What logs in; not of a summary. */
  readonly roleId: string | undefined;
  /** Undefined where the operator has no right to read it. */
  readonly role: Role | undefined;
}

export const specificOf = (of: UpstreamClient): VaultSpecific => of.specific as VaultSpecific;

const fields = {
  released: false,
  displayName: '',
  description: '',
  scopes: [],
  audiences: [],
  active: true,
} as const;

/** A list shows names, and no more. */
export const projectName = (name: string): UpstreamClient => ({
  ...fields,
  id: name,
  mark: undefined,
  shortMark: shortMarkOf(name),
  credentials: [],
  specific: { roleId: undefined, role: undefined } satisfies VaultSpecific,
});

export const project = (
  name: string,
  roleId: string,
  role: Role | undefined,
  credentials: readonly UpstreamCredential[],
): UpstreamClient => ({
  ...fields,
  id: name,
  mark: markOf(name, roleId),
  credentials,
  specific: { roleId, role } satisfies VaultSpecific,
});

/** When it was issued, in milliseconds and parts of them: they are listed in no order, and several may be of one. */
export const instantOf = ({ data }: z.output<typeof secretIdAnswer>): number => {
  const digits = /\.([0-9]{4,9})/.exec(data.creation_time ?? '')?.[1] ?? '';
  return (timeOf(data.creation_time) ?? 0) + Number(`0.${digits.slice(3) || '0'}`);
};

export const projectSecretId = (
  accessor: string,
  { data }: z.output<typeof secretIdAnswer>,
): UpstreamCredential => {
  const expiryTime = timeOf(data.expiration_time);
  return {
    id: accessor,
    suffix: undefined,
    createdTime: timeOf(data.creation_time),
    // Of one that does not end it is a time long ago.
    ...(expiryTime !== undefined && expiryTime > 0 && { expiryTime }),
    issuedBy: issuedByOf(data.metadata ?? {}),
  };
};

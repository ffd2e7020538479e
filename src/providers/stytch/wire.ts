import * as z from 'zod';
import { parseFullMark, type Mark } from '../mark.ts';
import type { UpstreamClient, UpstreamCredential } from '../provider.ts';
import { strings } from '../shapes.ts';

/**
 * What Stytch sends of a client (providers' API reference: M2M client object). Unknown fields are let through: a
 * field that is added there must not stop us here.
 */
export const client = z.looseObject({
  client_id: z.string(),
  client_name: z.string().nullish(),
  client_description: z.string().nullish(),
  status: z.string(),
  scopes: strings.nullish(),
  client_secret_last_four: z.string().nullish(),
  next_client_secret_last_four: z.string().nullish(),
  trusted_metadata: z.record(z.string(), z.unknown()).nullish(),
});

export const clientAnswer = z.looseObject({ m2m_client: client });
export const createAnswer = z.looseObject({
  m2m_client: client.extend({ client_secret: z.string().min(1) }),
});
export const startAnswer = z.looseObject({
  m2m_client: client.extend({ next_client_secret: z.string().min(1) }),
});
export const searchAnswer = z.looseObject({
  m2m_clients: z.array(z.unknown()),
  results_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});
export const deleteAnswer = z.looseObject({ client_id: z.string() });
export const tokenAnswer = z.looseObject({ access_token: z.string().min(1) });
export const errorAnswer = z.looseObject({
  error_type: z.string().optional(),
  error: z.string().optional(),
  request_id: z.string().optional(),
});

/** The one key of trusted_metadata that is ours; user metadata below this name is refused. */
export const metadataKey = 'machine-client.dev';

const ours = z.looseObject({
  mark: z.string(),
  owner: z.string(),
  uid: z.string().optional(),
  keys: strings.optional(),
  released: z.boolean().optional(),
});

/** What our `update` needs to know of the present state. */
export interface StytchSpecific {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The metadata keys that we once set, so that one that leaves the spec is removed, and no other ever is. */
  readonly ownKeys: readonly string[];
}

export const markValue = (mark: Mark, uid: string, keys: readonly string[]) => ({
  mark: mark.short,
  owner: mark.full,
  uid,
  keys: [...keys],
});

const credentials = (wire: z.output<typeof client>): readonly UpstreamCredential[] => {
  const list: UpstreamCredential[] = [];
  const add = (position: 'current' | 'next', lastFour: string | null | undefined): void => {
    if (lastFour) list.push({ id: lastFour, suffix: lastFour, position });
  };
  add('current', wire.client_secret_last_four);
  add('next', wire.next_client_secret_last_four);
  return [...list]; // A list that grew has room for sixteen more, and each client keeps one.
};

export const project = (wire: z.output<typeof client>): UpstreamClient => {
  const metadata = wire.trusted_metadata ?? {};
  const own = ours.safeParse(metadata[metadataKey]);
  // Both forms must agree: a value that a person typed by hand is not a mark.
  const mark = own.success ? parseFullMark(own.data.owner) : undefined;
  const valid = own.success && mark?.short === own.data.mark;
  const released = valid && own.data.released === true;
  const specific: StytchSpecific = {
    metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== metadataKey)),
    ownKeys: valid ? (own.data.keys ?? []) : [],
  };
  return {
    id: wire.client_id,
    mark: valid && !released ? mark : undefined,
    released,
    uid: valid ? own.data.uid : undefined,
    displayName: wire.client_name ?? '',
    description: wire.client_description ?? '',
    scopes: wire.scopes ?? [],
    audiences: [],
    active: wire.status === 'active',
    credentials: credentials(wire),
    specific,
  };
};

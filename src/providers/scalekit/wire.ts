import * as z from 'zod';
import type { UpstreamClient, UpstreamCredential } from '../provider.ts';
import { listOf, strings, timeOf } from '../shapes.ts';
import { parseDescription } from './description-mark.ts';

/**
 * What Scalekit sends (REST, snake_case; docs.scalekit.com/apis and the descriptor in its SDK). A gateway may leave
 * out what is empty, and unknown fields are let through: a field that is added there must not stop us here.
 */
const secret = z.looseObject({
  id: z.string().min(1),
  create_time: z.string().nullish(),
  update_time: z.string().nullish(),
  secret_suffix: z.string().nullish(),
  status: z.string().nullish(),
  expire_time: z.string().nullish(),
  last_used_time: z.string().nullish(),
});

export const client = z.looseObject({
  client_id: z.string().min(1),
  secrets: listOf(secret).nullish(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  create_time: z.string().nullish(),
  scopes: strings.nullish(),
  audience: strings.nullish(),
  custom_claims: listOf(z.looseObject({ key: z.string().nullish(), value: z.string().nullish() })).nullish(),
  // An int64: its JSON form is a string, and a number in many examples.
  expiry: z.union([z.string(), z.number()]).nullish(),
});

export const clientAnswer = z.looseObject({ client });
export const createAnswer = z.looseObject({ client, plain_secret: z.string().min(1) });
export const secretAnswer = z.looseObject({ secret, plain_secret: z.string().min(1) });
export const listAnswer = z.looseObject({
  clients: z.array(z.unknown()).nullish(),
  next_page_token: z.string().nullish(),
});
/** An empty message. */
export const emptyAnswer = z.looseObject({});
export const tokenAnswer = z.looseObject({
  // It becomes the value of a header.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.union([z.number(), z.string()]).nullish(),
});

/** What our `differences` and `update` need to know besides. */
export interface ScalekitSpecific {
  readonly customClaims: Readonly<Record<string, string>>;
  /** Seconds; undefined: it is not shown. */
  readonly expiry: number | undefined;
}

/** An unset time may be printed as the year 1 or 1970: an end before the beginning is none. */
const expiryOf = (wire: z.output<typeof secret>, created: number | undefined): number | undefined => {
  // Nothing in the API makes a secret inactive. One that is all the same has ended with its last change.
  if (wire.status === 'INACTIVE') return timeOf(wire.update_time) ?? created ?? 0;
  const end = timeOf(wire.expire_time);
  return end !== undefined && end > Math.max(created ?? 0, 0) ? end : undefined;
};

/** A secret that was never used shows the time of its creation. */
const lastUseOf = (
  wire: z.output<typeof secret>,
  created: number | undefined,
): UpstreamCredential['lastUsedTime'] => {
  const used = timeOf(wire.last_used_time);
  if (used === undefined || created === undefined) return used;
  return used <= created ? 'never' : used;
};

export const projectSecret = (wire: z.output<typeof secret>): UpstreamCredential => {
  const createdTime = timeOf(wire.create_time);
  return {
    id: wire.id,
    suffix: wire.secret_suffix || undefined,
    createdTime,
    expiryTime: expiryOf(wire, createdTime),
    lastUsedTime: lastUseOf(wire, createdTime),
  };
};

const byAge = (a: UpstreamCredential, b: UpstreamCredential): number =>
  (a.createdTime ?? 0) - (b.createdTime ?? 0);

export const project = (wire: z.output<typeof client>): UpstreamClient => {
  const { mark, released, uid, text } = parseDescription(wire.description ?? '');
  const expiry = Number(wire.expiry ?? Number.NaN);
  const specific: ScalekitSpecific = {
    customClaims: Object.fromEntries(
      (wire.custom_claims ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
    ),
    expiry: Number.isNaN(expiry) ? undefined : expiry,
  };
  return {
    id: wire.client_id,
    mark: released ? undefined : mark,
    released,
    uid,
    displayName: wire.name ?? '',
    description: text,
    scopes: wire.scopes ?? [],
    audiences: wire.audience ?? [],
    active: true,
    credentials: (wire.secrets ?? []).map(projectSecret).toSorted(byAge),
    createdTime: timeOf(wire.create_time),
    specific,
  };
};

/**
 * An item of the list. The last secret of a client cannot be deleted: an item without any shows only a part of the
 * client, and nothing may be concluded from it.
 */
export const projectItem = (wire: z.output<typeof client>): UpstreamClient => {
  const whole = project(wire);
  return whole.credentials.length > 0 || whole.mark === undefined
    ? whole
    : {
        ...whole,
        mark: undefined,
        shortMark: whole.mark.short,
        displayName: '',
        description: '',
        scopes: [],
        audiences: [],
      };
};

import * as z from 'zod';
import type { UpstreamClient, UpstreamCredential } from '../provider.ts';
import { listOf, timeOf } from '../shapes.ts';
import { rawPublicKey } from './access-key.ts';
import { isReleasedName, markingOf, shortMarkOf, type Tags } from './marking.ts';

/** The declared media type of every answer, and the one that gateways know. */
export const accept = 'application/links+json, application/json';

/**
 * What Authress sends of a key and of a client (docs/providers/authress.md, wire facts). Unknown fields are let through: a field
 * that is added there must not stop us here.
 */
const key = z.looseObject({
  keyId: z.string().nullish(),
  publicKey: z.string().nullish(),
  generationDate: z.string().nullish(),
});

const client = z.looseObject({
  clientId: z.string().min(1),
  createdTime: z.string().nullish(),
  name: z.string().nullish(),
  options: z.record(z.string(), z.unknown()).nullish(),
  rateLimits: listOf(z.looseObject({ duration: z.string(), quota: z.number().nullish() })).nullish(),
  tags: z.record(z.string(), z.unknown()).nullish(),
  verificationKeys: listOf(key).nullish(),
});

type ClientWire = z.output<typeof client>;

export const clientAnswer = client;
export const keyAnswer = key.extend({
  keyId: z.string().min(1),
  accessKey: z.string().nullish(),
  clientSecret: z.string().nullish(),
});
export const listAnswer = z.looseObject({
  clients: z.array(z.unknown()),
  pagination: z.looseObject({ next: z.looseObject({ cursor: z.string().nullish() }).nullish() }).nullish(),
  links: z.looseObject({ next: z.looseObject({ href: z.string().nullish() }).nullish() }).nullish(),
});
export const keySetAnswer = z.looseObject({
  keys: listOf(z.looseObject({ kid: z.string().nullish(), x: z.string().nullish() })),
});
export const tokenAnswer = z.looseObject({ access_token: z.string().min(1) });

/** What our `update` needs to know of the present state. */
export interface AuthressSpecific {
  readonly name: string;
  /** Undefined where the answer does not show it: then it is not sent either. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  readonly rateLimits:
    | readonly { readonly duration: string; readonly quota?: number | null | undefined }[]
    | undefined;
  /** All of them, ours too. */
  readonly tags: Tags;
  /** The user's tags that we once set. */
  readonly ownTags: readonly string[];
  /** Public halves by key id, as far as they are shown. */
  readonly publicKeys: Readonly<Record<string, string>>;
}

export const specificOf = (of: UpstreamClient): AuthressSpecific => of.specific as AuthressSpecific;

const oldestFirst = (list: readonly UpstreamCredential[]): readonly UpstreamCredential[] =>
  // Without a time of each their order is Authress's own.
  list.every(({ createdTime }) => createdTime !== undefined)
    ? list.toSorted((a, b) => (a.createdTime ?? 0) - (b.createdTime ?? 0))
    : list;

const keysOf = (wire: ClientWire) => {
  const keys = (wire.verificationKeys ?? []).flatMap(({ keyId, publicKey, generationDate }) =>
    keyId ? [{ keyId, raw: rawPublicKey(publicKey ?? ''), createdTime: timeOf(generationDate) }] : [],
  );
  return {
    credentials: oldestFirst(
      keys.map(({ keyId, createdTime }) => ({ id: keyId, suffix: undefined, createdTime })),
    ),
    publicKeys: Object.fromEntries(keys.flatMap(({ keyId, raw }) => (raw ? [[keyId, raw]] : []))),
  };
};

/** A client that is shown whole. */
export const project = (wire: ClientWire): UpstreamClient => {
  const name = wire.name ?? '';
  const tags = wire.tags ?? {};
  const { ownTags, ...marking } = markingOf(name, tags);
  const { credentials, publicKeys } = keysOf(wire);
  const specific: AuthressSpecific = {
    name,
    options: wire.options ?? undefined,
    rateLimits: wire.rateLimits ?? undefined,
    tags,
    ownTags,
    publicKeys,
  };
  return {
    id: wire.clientId,
    ...marking,
    description: '',
    scopes: [],
    audiences: [],
    active: true,
    credentials,
    createdTime: timeOf(wire.createdTime),
    specific,
  };
};

/** The answer to a change of a client; what it does not show of the keys is as it was. */
export const projectChanged = (wire: ClientWire, before: UpstreamClient): UpstreamClient => {
  const after = project(wire);
  if (wire.verificationKeys) return after;
  const { publicKeys } = specificOf(before);
  return { ...after, credentials: before.credentials, specific: { ...specificOf(after), publicKeys } };
};

/**
 * Which of its fields an item of the list shows is not documented. One that bears a mark and does not show both its
 * tags and its keys is read before anything is concluded from it.
 */
export const projectItem = (wire: ClientWire): UpstreamClient => {
  const shown = project(wire);
  const { name } = specificOf(shown);
  const shortMark = shown.mark?.short ?? shortMarkOf(name);
  if (shortMark === undefined)
    return wire.tags || isReleasedName(name) ? shown : { ...shown, hidesMark: true };
  if (wire.tags && wire.verificationKeys) return shown;
  return { ...shown, mark: undefined, uid: undefined, displayName: '', credentials: [], shortMark };
};

/** Where the next page begins: the cursor of `pagination`, else the one in the link, which older schemas have alone. */
export const nextCursor = ({ pagination, links }: z.output<typeof listAnswer>): string | undefined => {
  if (pagination?.next?.cursor) return pagination.next.cursor;
  const href = links?.next?.href;
  if (!href) return undefined;
  return new URLSearchParams(href.slice(href.indexOf('?') + 1)).get('cursor') ?? undefined;
};

import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseFullMark, type Mark } from '../mark.ts';
import type { IssuedBy } from '../provider.ts';

/**
 * The mark stands in attributes of the client, which lists show, and which can be written at any time.
 *
 *   machine-client.dev/mark      <installation>/<namespace>/<name>
 *   machine-client.dev/uid       of the object that last wrote it
 *   machine-client.dev/managed   true: what a policy of the realm can be bound to
 *   machine-client.dev/released  in place of the three: whose it was until it was let go
 */
const attribute = <const Name extends string>(name: Name) => `machine-client.dev/${name}` as const;
export const names = {
  mark: attribute('mark'),
  uid: attribute('uid'),
  managed: attribute('managed'),
  released: attribute('released'),
} as const;

/** Keycloak takes an attribute away that is written empty. */
const NONE = '';

export const markAttributes = (mark: Mark, uid: string): Readonly<Record<string, string>> => ({
  [names.mark]: mark.full,
  [names.uid]: uid,
  [names.managed]: 'true',
  [names.released]: NONE,
});

export const releasedAttributes = (mark: Mark): Readonly<Record<string, string>> => ({
  [names.mark]: NONE,
  [names.uid]: NONE,
  [names.managed]: NONE,
  [names.released]: mark.full,
});

/** Three names of Kubernetes, and two slashes. */
const LONGEST_MARK = 600;
export const markIn = (text: string | null | undefined): Mark | undefined =>
  text && text.length <= LONGEST_MARK ? parseFullMark(text) : undefined;

/** The point of a key on P-256 as a JSON Web Key has it (RFC 7518, section 6.2). */
export interface Point {
  readonly x: string;
  readonly y: string;
}
export const pointOf = (key: KeyObject): Point => {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { x, y };
};

/** Of two keys of one operation each has its own. */
const chanceOf = (random: () => number): string =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');

/**
 * What a key of ours is called: `mco-xxxxxxyyyyyyyyyyyyyyyyyyyy.OPERATION.CHANCE`, with the short mark of the object and the
 * operation that made it. Every token request of the client shows it.
 */
export const keyIdFor = (mark: Mark, operation: string | undefined, random: () => number): string =>
  [mark.short, ...(operation === undefined ? [] : [operation]), chanceOf(random)].join('.');

const ownKeyId = /^(mco-[a-z2-7]{26})(?:\.([a-z0-9-]{1,64}))?\.[0-9a-f]{8}$/;

/** `of`: the mark of its client, which may say the short one in full. Undefined: somebody else's. */
export const issuedByOf = (keyId: string, of: Mark | undefined): IssuedBy | undefined => {
  const [, short, operation] = ownKeyId.exec(keyId) ?? [];
  if (short === undefined) return undefined;
  return { mark: of?.short === short ? of.full : short, operation };
};

import { hash } from 'node:crypto';
import { Recent } from '../runtime/recent.ts';
import { compact } from '../runtime/share.ts';

/**
 * The mark says whose a client upstream is. It survives everything that Kubernetes may lose: it is made of names
 * only, so an object restored without status or with another uid finds its client again.
 *
 *   short   mco-xxxxxxyyyyyyyyyyyyyyyyyyyy   x: installation, y: installation, namespace, name
 *   full    <installation>/<namespace>/<name>
 */
export interface Mark {
  readonly short: string;
  readonly full: string;
  readonly installation: string;
  readonly namespace: string;
  readonly name: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const shortMarkPattern = /mco-[a-z2-7]{26}/;

/** A reconciliation asks for the same few, again and again. */
const MOST_DIGESTS = 2_048;
const digests = new Recent<string>(MOST_DIGESTS);

const digest = (length: number, ...parts: readonly string[]): string => {
  const text = parts.join('\n');
  const key = `${length} ${text}`;
  const known = digests.get(key);
  if (known !== undefined) return known;
  const made = base32(hash('sha256', text, 'buffer'), length);
  digests.set(key, made);
  return made;
};

/** RFC 4648 base32, lower case, the first `length` characters. */
const base32 = (bytes: Uint8Array, length: number): string => {
  let bits = 0;
  let value = 0;
  let out = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      out += alphabet[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return out;
};

/** Without the hashes of the short form: for who compares many. */
export const fullMark = (installation: string, namespace: string, name: string): string =>
  `${installation}/${namespace}/${name}`;

/** What the short marks of an installation begin with. */
export const shortMarkPrefix = (installation: string): string => `mco-${digest(6, installation)}`;

export const makeMark = (installation: string, namespace: string, name: string): Mark => ({
  short: `${shortMarkPrefix(installation)}${digest(20, installation, namespace, name)}`,
  full: fullMark(installation, namespace, name),
  installation,
  namespace,
  name,
});

/** Undefined where the text is not of that form. */
export const parseFullMark = (full: string): Mark | undefined => {
  const parts = full.split('/');
  const [installation, namespace, name] = parts;
  return parts.length === 3 && installation && namespace && name
    ? compact(makeMark(installation, namespace, name))
    : undefined;
};

/** Whether a text of a user could be taken for a mark. */
export const looksLikeMark = (text: string): boolean => shortMarkPattern.test(text);

/**
 * The id of a client where the caller chooses it: a repeated creation collides instead of making a second client.
 * The uid is in it so that a late deletion of an earlier object of the same name cannot meet this one's client.
 */
export const chosenClientId = (mark: Mark, uid: string, incarnation: number): string =>
  `${mark.short}-${digest(12, mark.full, uid, String(incarnation))}`;

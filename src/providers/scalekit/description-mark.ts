import { parseFullMark, type Mark } from '../mark.ts';

/**
 * Scalekit keeps nothing of ours but texts, and `description` is the one that no token carries. So the mark stands at
 * its front, and only there it is read:
 *
 *   [mco <short mark> <full mark> <uid>] what the user wrote
 *   [mco released <short mark> <full mark> <uid>] what the user wrote
 */
export interface Description {
  /** Whose it is, or was: see `released`. */
  readonly mark: Mark | undefined;
  readonly released: boolean;
  readonly uid: string | undefined;
  /** The user's part. */
  readonly text: string;
}

/** What Scalekit bears; it counts code points. */
const MOST = 512;
/** The longest names that Kubernetes and `--installation-id` allow. */
const longest = { installation: 63, namespace: 63, name: 253, uid: 36, short: 30 };

const pattern = /^\[mco (released )?(mco-[a-z2-7]{26}) (\S+) ([^\s\]]+)\] ?([^]*)$/;
const noUid = '-';

export const lengthOf = (text: string): number => Array.from(text).length;

const front = (short: string, full: string, uid: string, released: boolean): string =>
  `[mco ${released ? 'released ' : ''}${short} ${full} ${uid}]`;

/** Both forms must agree: a text that a person typed is no mark. */
export const parseDescription = (raw: string): Description => {
  const [, released, short, full = '', uid, text = ''] = pattern.exec(raw) ?? [];
  const mark = parseFullMark(full);
  return mark !== undefined && mark.short === short
    ? { mark, released: released !== undefined, uid: uid === noUid ? undefined : uid, text }
    : { mark: undefined, released: false, uid: undefined, text: raw };
};

/** Characters of the user's that fit beside the mark. */
export const charactersLeft = (mark: Mark, uid: string | undefined, released: boolean): number =>
  Math.max(0, MOST - lengthOf(front(mark.short, mark.full, uid ?? noUid, released)) - 1);

/** Beside the longest mark that there can be, in its longest form. */
export const fewestCharactersLeft =
  MOST -
  front(
    'x'.repeat(longest.short),
    'x'.repeat(longest.installation + longest.namespace + longest.name + 2),
    'x'.repeat(longest.uid),
    true,
  ).length -
  1;

/** What does not fit beside the mark is cut: `refuse` has said so before, or the client is let go. */
export const formatDescription = (
  mark: Mark,
  uid: string | undefined,
  released: boolean,
  text: string,
): string => {
  const fitting = Array.from(text)
    .slice(0, charactersLeft(mark, uid, released))
    .join('');
  const own = front(mark.short, mark.full, uid ?? noUid, released);
  return fitting === '' ? own : `${own} ${fitting}`;
};

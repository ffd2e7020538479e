import { makeMark, type Mark } from '../mark.ts';

/**
 * The mark stands twice: its short form at the end of the name, because a list may show no more than that, and all of
 * it in tags. Nobody is believed by the name alone: whoever may name a client could write it.
 *
 *   name  Billing worker [mco-xxxxxxyyyyyyyyyyyyyyyyyyyy]    or, once let go,  Billing worker [released]
 *   tags  machine-client.dev/installation, …/namespace, …/name, …/uid, …/tags, and once let go …/released
 */
export const tagDomain = 'machine-client.dev';
const tag = (name: string): string => `${tagDomain}/${name}`;

/** Of the present published schema. */
const NAME_LIMIT = 128;
/** Of an older one: what nobody chose must be borne by both. */
const OLDER_LIMIT = 64;
/** A space, two brackets, and the short mark. */
const SUFFIX = 33;
/** What is left of the name to the user. */
export const displayNameLimit = NAME_LIMIT - SUFFIX;
/** And of the object's name, where the spec has none. */
export const ownNameLimit = OLDER_LIMIT - SUFFIX;
export const tagLimit = 128;

export const nameWith = (displayName: string, short: string): string =>
  displayName === '' ? `[${short}]` : `${displayName} [${short}]`;
/**
 * A name that was made longer in the console is cut: what is being let go must not be held by that. `present`: the whole
 * name, which says what this Authress bears.
 */
export const releasedName = (displayName: string, present: string): string => {
  const limit = present.length > OLDER_LIMIT ? NAME_LIMIT : OLDER_LIMIT;
  return nameWith(displayName.slice(0, limit - ' [released]'.length), 'released');
};

const marked = /^(?:(.*) )?\[(mco-[a-z2-7]{26})\]$/s;
const released = /^(?:(.*) )?\[released\]$/s;

/** The short mark, only where it stands at the very end of the name. */
export const shortMarkOf = (name: string): string | undefined => marked.exec(name)?.[2];

/** A name that we leave behind when we let a client go. */
export const isReleasedName = (name: string): boolean => released.test(name);

export type Tags = Readonly<Record<string, unknown>>;

/** Which tags of the user we once set, so that one that leaves the spec is removed and no other ever is. */
const formatOwn = (keys: readonly string[]): string | undefined => {
  const text = keys.toSorted().map(encodeURIComponent).join(',');
  return text === '' || text.length > tagLimit ? undefined : text;
};
const parseOwn = (text: unknown): readonly string[] => {
  if (typeof text !== 'string') return [];
  try {
    return text.split(',').map(decodeURIComponent);
  } catch {
    return [];
  }
};

/** The tags that are ours. `keys`: of the tags of the user that we set; forgotten where they fit no tag. */
export const markTags = (mark: Mark, uid: string, keys: readonly string[]): Record<string, string> => {
  const own = formatOwn(keys);
  return {
    [tag('installation')]: mark.installation,
    [tag('namespace')]: mark.namespace,
    [tag('name')]: mark.name,
    [tag('uid')]: uid,
    ...(own !== undefined && { [tag('tags')]: own }),
  };
};

export const releasedTag = { [tag('released')]: 'true' };

/** Which object wrote them: one that comes back under its names finds its client as it is, and there is nothing to write. */
export const isOfWriter = (key: string): boolean => key === tag('uid');

export const isOurs = (key: string): boolean => key.startsWith(`${tagDomain}/`);

const text = (tags: Tags, name: string): string | undefined => {
  const value = tags[tag(name)];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export interface Marking {
  readonly mark: Mark | undefined;
  readonly released: boolean;
  readonly uid: string | undefined;
  readonly displayName: string;
  readonly ownTags: readonly string[];
}

/** Of a client that is shown whole. */
export const markingOf = (name: string, tags: Tags): Marking => {
  const [installation, namespace, object] = ['installation', 'namespace', 'name'].map((each) =>
    text(tags, each),
  );
  const mark = installation && namespace && object ? makeMark(installation, namespace, object) : undefined;
  const short = shortMarkOf(name);
  // A name that says something else was typed by somebody. One that says nothing was edited: it is put back.
  if (!mark || (short !== undefined && short !== mark.short))
    return { mark: undefined, released: false, uid: undefined, displayName: name, ownTags: [] };
  const isReleased = text(tags, 'released') === 'true';
  const parts = (short === undefined && isReleased ? released : marked).exec(name);
  return {
    mark: isReleased ? undefined : mark,
    released: isReleased,
    uid: text(tags, 'uid'),
    displayName: parts ? (parts[1] ?? '') : name,
    ownTags: parseOwn(tags[tag('tags')]),
  };
};

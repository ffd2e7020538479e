import { objectKey } from '../../../../src/kube/resource.ts';
import { badRequest, expired, invalid, notFound, versionTooLarge } from './failure.ts';
import type { Kind } from './kind.ts';
import { MemoryWatch, type WatchScope } from './memory-watch.ts';
import { fieldTest, labelTest } from './selectors.ts';
import type { Store } from './store.ts';
import type { Stored } from './stored.ts';
import { nameIn, type Target } from './target.ts';

const TOO_OLD_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/** As `Accept` asks for it. */
const isPartial = (accept: string | undefined, list: boolean): boolean =>
  accept?.includes(`as=PartialObjectMetadata${list ? 'List' : ''};`) === true;

export const get = (store: Store, target: Target, accept: string | undefined): string => {
  const name = nameIn(target);
  const stored = store.get(target.kind.plural, objectKey({ namespace: target.namespace, name }));
  if (stored === undefined) throw notFound(target.kind, name);
  return isPartial(accept, false) ? stored.partial : stored.text;
};

/** In a namespace and by selectors. */
const selection = ({ kind, namespace, query }: Target): ((stored: Stored) => boolean) | undefined => {
  const labels = labelTest(query.get('labelSelector'));
  const fields = fieldTest(query.get('fieldSelector'), kind);
  if (namespace === undefined && labels === undefined && fields === undefined) return undefined;
  return ({ object }) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (labels === undefined || labels(object)) &&
    (fields === undefined || fields(object));
};

const numberIn = (query: URLSearchParams, parameter: string): number | undefined => {
  const text = query.get(parameter);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`Invalid value: "${text}": ${parameter}`);
  return Number(text);
};

interface Continue {
  /** Of the first page. */
  readonly revision: number;
  /** The last key that was sent. */
  readonly after: string;
}

const encode = (token: Continue): string => Buffer.from(JSON.stringify(token)).toString('base64url');

const decode = (text: string): Continue => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Continue;
  } catch {
    throw badRequest('continue key is not valid');
  }
};

/** A list of which any version will do comes from the cache, and whole. */
const limitOf = (query: URLSearchParams): number =>
  (query.get('resourceVersion') === '0' ? 0 : numberIn(query, 'limit')) || Number.POSITIVE_INFINITY;

const optionsInvalid = (why: string): Error =>
  invalid({ group: 'meta.k8s.io', plural: '', kind: 'ListOptions' }, '', [
    { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field: 'resourceVersionMatch' },
  ]);

/** The page that is asked for, in the order of keys, as of one revision for all pages. */
export const list = (store: Store, target: Target, accept: string | undefined): string => {
  const { kind, query } = target;
  const token = query.get('continue') ? decode(query.get('continue') ?? '') : undefined;
  const revision = token?.revision ?? askedRevision(store, query);
  if (revision < store.compacted)
    throw expired(token ? TOO_OLD_CONTINUE : `The resourceVersion for the provided list is too old.`);
  const all = store.listAt(kind.plural, revision);
  const includes = selection(target);
  let selected = includes === undefined ? all : all.filter(includes);
  if (token !== undefined)
    selected = selected.filter(({ object }) => objectKey(object.metadata) > token.after);
  const limit = limitOf(query);
  const page = selected.length > limit ? selected.slice(0, limit) : selected;
  const last = page.at(-1);
  const isLast = page.length === selected.length || last === undefined;
  const metadata = {
    resourceVersion: String(revision),
    ...(isLast ? {} : { continue: encode({ revision, after: objectKey(last.object.metadata) }) }),
    ...(isLast || query.has('labelSelector') || query.has('fieldSelector')
      ? {}
      : { remainingItemCount: selected.length - page.length }),
  };
  return isPartial(accept, true)
    ? listText(
        'PartialObjectMetadataList',
        'meta.k8s.io/v1',
        metadata,
        page.map(({ partial }) => partial),
      )
    : listText(`${kind.kind}List`, kind.apiVersion, metadata, page.map(itemText(kind)));
};

/**
 * The revision that is shown. A list that need not be exact is as new as it can be; with a limit and no match, a
 * version is meant exactly.
 */
const askedRevision = (store: Store, query: URLSearchParams): number => {
  const asked = numberIn(query, 'resourceVersion') ?? 0;
  const match = query.get('resourceVersionMatch');
  if (match !== null && !query.get('resourceVersion'))
    throw optionsInvalid('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (asked > store.revision) throw versionTooLarge(asked, store.revision);
  const exact = match === 'Exact' || (match === null && asked > 0 && query.has('limit'));
  return exact ? asked : store.revision;
};

const listText = (kind: string, apiVersion: string, metadata: object, items: readonly string[]): string =>
  `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}`;

/** The items of a built-in kind say neither kind nor version. */
const itemText = ({ custom, kind, apiVersion }: Kind): ((stored: Stored) => string) => {
  if (custom) return ({ text }) => text;
  const envelope = `{"kind":"${kind}","apiVersion":"${apiVersion}",`.length;
  return ({ text }) => `{${text.slice(envelope)}`;
};

/** Opens a watch; what it begins with is in it already. */
export const watch = (
  store: Store,
  target: Target,
  accept: string | undefined,
  onClose: (watch: MemoryWatch) => void,
): MemoryWatch => {
  const { kind, query } = target;
  const includes = selection(target) ?? (() => true);
  const scope: WatchScope = {
    kind,
    includes,
    metadataOnly: isPartial(accept, false),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: numberIn(query, 'timeoutSeconds'),
  };
  const from = numberIn(query, 'resourceVersion') ?? 0;
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch');
  if (initial === null && match !== null)
    throw optionsInvalid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (initial !== null && match !== 'NotOlderThan')
    throw optionsInvalid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  const all = isTrue(initial) || (initial === null && from === 0);
  const opened = new MemoryWatch(scope, all || from === 0 ? store.revision : from, onClose);
  if (all) {
    if (from > store.revision) opened.fail(versionTooLarge(from, store.revision));
    else opened.begin(store.list(kind.plural).filter(includes));
    if (isTrue(initial)) opened.bookmark(store.revision, true);
  } else if (from > 0 && from < store.compacted)
    opened.fail(expired(`too old resource version: ${from} (${store.compacted})`));
  else for (const entry of store.changesAfter(kind.plural, from)) opened.changed(entry);
  return opened;
};

const isTrue = (value: string | null): boolean => value === 'true' || value === '1';

import type { Pool } from './agents.ts';
import { type Attempt, isGone, KubeError } from './errors.ts';
import { apiVersion, collectionPath, type KubeObject, type ObjectMeta, type Resource } from './resource.ts';
import type { Transport } from './transport.ts';

export interface ListScope {
  readonly resource: Resource;
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only apiVersion, kind and metadata are sent. */
  readonly metadataOnly?: boolean | undefined;
}

export type RawObject = KubeObject & Readonly<Record<string, unknown>>;

export interface Listed<P> {
  readonly items: P[];
  /** Of the whole list: where a watch goes on from. */
  readonly resourceVersion: string;
}

const PAGE = 500;
/** A continue token lives for some minutes; a list that outlives it this often never ends. */
const MOST_RESTARTS = 3;
const METADATA_ONLY_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Lists in pages, as of one moment, and of a page one object after the other, so that neither many objects nor large ones
 * are in memory together, or block the event loop for long. No resourceVersion is sent, so the list is never older than
 * what was written before it began (`0` would be faster and could go back in time).
 *
 * `project` sees each object once a pass and says what is kept of it; when a page answers 410, all begins again.
 */
export const listAll = async <P>(
  transport: Transport,
  options: ListScope & { readonly pool: Pool; readonly signal?: AbortSignal | undefined },
  project: (raw: RawObject) => P | undefined,
): Promise<Listed<P>> => {
  const { resource, namespace } = options;
  const attempt: Attempt = { verb: 'list', resource, namespace };
  for (let restarts = 0; ; restarts++) {
    const items: P[] = [];
    let token: string | undefined;
    let size = PAGE;
    try {
      for (;;) {
        let seen = 0;
        const query = listQuery(options, token, size);
        const call = {
          attempt,
          method: 'GET',
          path: `${collectionPath(resource, namespace)}?${query}`,
          accept: options.metadataOnly ? METADATA_ONLY_LIST : undefined,
          signal: options.signal,
        } as const;
        const keep = (raw: unknown): P | undefined => {
          seen++;
          return project(named(resource, raw as ListedObject));
        };
        const page = await transport.list(call, options.pool, keep).catch((error: unknown) => {
          // Some of it came in time: large objects, of which the next try asks for no more than have come.
          if (!isTimeout(error) || seen < 2) throw error;
          size = Math.floor(seen / 2);
        });
        if (!page) continue;
        const { metadata } = asPage(attempt, page.rest);
        items.push(...page.kept);
        token = metadata.continue;
        if (!token) return { items, resourceVersion: metadata.resourceVersion };
      }
    } catch (error) {
      if (!isGone(error) || token === undefined || restarts === MOST_RESTARTS) throw error;
    }
  }
};

const isTimeout = (error: unknown): boolean => error instanceof KubeError && error.reason === 'Timeout';

export const scopeQuery = (scope: ListScope): Record<string, string> => ({
  ...(scope.labelSelector === undefined ? {} : { labelSelector: scope.labelSelector }),
  ...(scope.fieldSelector === undefined ? {} : { fieldSelector: scope.fieldSelector }),
});

const listQuery = (scope: ListScope, token: string | undefined, size: number): string =>
  new URLSearchParams({
    ...scopeQuery(scope),
    limit: String(size),
    ...(token === undefined ? {} : { continue: token }),
  }).toString();

/** The items of a list of a built-in kind say neither their kind nor its version. */
const named = (resource: Resource, raw: ListedObject): RawObject => ({
  apiVersion: apiVersion(resource),
  kind: resource.kind,
  ...raw,
});

interface ListedObject {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** A list without its items. */
interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

const asPage = (attempt: Attempt, answer: unknown): Page => {
  const page = answer as { metadata?: Page['metadata']; items?: unknown } | null;
  // A list without items is `null` where the server was written in Go and the slice was nil.
  if (
    typeof page?.metadata?.resourceVersion === 'string' &&
    (page.items === null || Array.isArray(page.items))
  )
    return { metadata: page.metadata };
  throw new KubeError(attempt, { status: 0, reason: 'BadAnswer', outcome: 'rejected' });
};

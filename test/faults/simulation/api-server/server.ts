import type { RawObject } from '../../../../src/kube/list-pager.ts';
import { apiVersion, customResourceDefinitions, objectKey } from '../../../../src/kube/resource.ts';
import type { ApiAnswer, ApiRequest, ApiWatch, Change, MemoryApiServerOptions } from './api.ts';
import { builtInKinds } from './built-in-kinds.ts';
import { checkServed, definitionName, definitionStep, finishDefinition } from './definitions.ts';
import { customKind } from './custom-kind.ts';
import { ApiFailure, badRequest, invalid, methodNotAllowed } from './failure.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Kind } from './kind.ts';
import type { MemoryWatch } from './memory-watch.ts';
import { finishNamespace, namespaceStep } from './namespaces.ts';
import { createdMeta } from './object-meta.ts';
import { Quotas } from './quotas.ts';
import { get, list, watch } from './reads.ts';
import { type LogEntry, type Snapshot, Store } from './store.ts';
import { Routes, type Target } from './target.ts';
import { Writes, type Written } from './writes.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const NOT_SERVED: ApiAnswer = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

/**
 * An API server with its etcd in memory: synchronous, without timers, and the same for the same requests and the same
 * random numbers. What it does it does as the real one; test/integration/api-behaviours runs one suite on both. Rules
 * in CEL are not evaluated, there is no authorization and no deletion of collections, and server-side apply remembers
 * nobody's fields.
 */
export class MemoryApiServer {
  onChange: ((change: Change) => void) | undefined;
  readonly #kinds: readonly Kind[];
  readonly #routes: Routes;
  readonly #store: Store;
  readonly #writes: Writes;
  readonly #quotas = new Quotas();
  readonly #watches = new Map<string, Set<MemoryWatch>>();
  readonly #random: () => number;
  readonly #now: () => number;

  constructor({ now, random, crds }: MemoryApiServerOptions) {
    this.#kinds = [...builtInKinds, ...crds.map(customKind)];
    this.#routes = new Routes(this.#kinds);
    this.#random = random;
    this.#now = now;
    const resources = this.#kinds.map(({ plural }) => plural);
    for (const resource of resources) this.#watches.set(resource, new Set());
    this.#store = new Store(resources, (resource, entry) => this.#committed(resource, entry));
    this.#writes = new Writes({ store: this.#store, quotas: this.#quotas, now, random });
    for (const name of ['default', 'kube-system']) this.#createNamespace(name);
    // Before all objects, also as whole seconds tell it.
    for (const { spec } of crds) this.define(spec.names.plural, this.#now() - 60_000);
    this.#store.compact();
  }

  get revision(): number {
    return this.#store.revision;
  }

  /** Synchronous. A watch is answered with a stream, and everything else at once. */
  handle(request: ApiRequest): ApiAnswer | ApiWatch {
    try {
      const target = this.#routes.target(request.path);
      return target === undefined ? NOT_SERVED : this.#answer(target, request);
    } catch (error) {
      if (error instanceof ApiFailure) return failed(error);
      throw error;
    }
  }

  /** What etcd holds, in the order of keys. Frozen. */
  objects(resource: string): readonly RawObject[] {
    return this.#store.list(resource).map(({ object }) => object);
  }

  get(resource: string, namespace: string | undefined, name: string): RawObject | undefined {
    return this.#store.get(resource, objectKey({ namespace, name }))?.object;
  }

  /** Forgets the past: what would go on from an older version is answered with 410. */
  compact(): void {
    this.#store.compact();
  }

  /** To every watch that allows bookmarks. */
  bookmark(): void {
    for (const one of this.#open()) one.bookmark(this.#store.revision);
  }

  /** The server closes its streams, as at a restart. */
  endWatches(): void {
    for (const one of this.#open()) one.end();
  }

  snapshot(): Snapshot {
    return this.#store.snapshot();
  }

  /** etcd as it was then. The watches end, versions go back, and the versions since then will come a second time. */
  restore(snapshot: Snapshot): void {
    this.endWatches();
    this.#store.restore(snapshot);
  }

  /**
   * The end of a DELETE: the finalizers were looked at when it began, and what was added since holds nothing (store.Delete
   * of k8s.io/apiserver). Of another uid it is not meant.
   */
  removeUnheld(resource: string, namespace: string, name: string, uid: string): void {
    const found = this.#store.get(resource, objectKey({ namespace, name }));
    if (found?.object.metadata.uid === uid) this.#store.remove(resource, found.object);
  }

  /** As a ResourceQuota does. undefined: no limit any more. */
  limit(namespace: string, resource: string, most: number | undefined): void {
    this.#quotas.set(namespace, resource, most);
  }

  /** One step of the namespace controller. False: there is nothing to do. */
  tick(): boolean {
    const step = namespaceStep(this.#store, this.#kinds, this.#random);
    if (step === undefined) return false;
    if ('finish' in step) return finishNamespace(this.#store, step.finish);
    const { namespace, name } = step.delete.metadata;
    this.#writes.delete(
      { kind: step.kind, namespace, name, subresource: undefined, query: new URLSearchParams() },
      {},
      false,
    );
    return true;
  }

  /** One step of what follows a definition that is deleted. False: there is nothing to do. */
  tickDefinitions(): boolean {
    const step = definitionStep(this.#store, this.#kinds);
    if (step === undefined) return false;
    if ('finish' in step) {
      finishDefinition(this.#store, step.finish);
      for (const one of this.#watches.get(step.finish.plural) ?? []) one.end();
    } else
      for (const { metadata } of step.deleteAll)
        this.#writes.delete(
          {
            kind: step.kind,
            namespace: metadata.namespace,
            name: metadata.name,
            subresource: undefined,
            query: new URLSearchParams(),
          },
          {},
          false,
        );
    return true;
  }

  /**
   * From now on the kind is served; `now` is what its definition says. Its uid is not drawn, so that what follows is drawn as if there were
   * no definitions.
   */
  define(plural: string, now = this.#now()): void {
    const kind = this.#kinds.find((one) => one.plural === plural);
    if (!kind) throw new Error(`${plural} was not given to this server`);
    const name = definitionName(kind);
    const metadata = createdMeta(
      { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] },
      { name, namespace: undefined, uid: `uid-of-${name}`, now, generation: 1 },
    );
    const { plural: definitions, kind: Definition } = customResourceDefinitions;
    const object = {
      kind: Definition,
      apiVersion: apiVersion(customResourceDefinitions),
      metadata,
      spec: {},
    };
    if (!this.#store.get(definitions, name)) this.#store.put(definitions, object);
  }

  #createNamespace(name: string): void {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    this.handle({ method: 'POST', path: '/api/v1/namespaces', headers: {}, body: JSON.stringify(body) });
  }

  #open(): MemoryWatch[] {
    return [...this.#watches.values()].flatMap((watches) => [...watches]);
  }

  #committed(resource: string, { type, revision, key, stored, previous }: LogEntry): void {
    for (const one of this.#watches.get(resource) ?? [])
      one.changed({ type, revision, key, stored, previous });
    this.onChange?.({ type, resource, object: stored.object, previous: previous?.object });
  }

  #answer(target: Target, { method, headers, body }: ApiRequest): ApiAnswer | ApiWatch {
    const { name, query } = target;
    checkServed(this.#store, target.kind, method);
    const dryRun = isDryRun(query);
    switch (method) {
      case 'GET':
        if (query.get('watch') === 'true' || query.get('watch') === '1')
          return this.#watch(target, headers['accept']);
        return ok(
          name === undefined
            ? list(this.#store, target, headers['accept'])
            : get(this.#store, target, headers['accept']),
        );
      case 'POST':
        return written(this.#writes.create(target, parsed(body), dryRun));
      case 'PUT':
        return written(this.#writes.replace(target, parsed(body), dryRun));
      case 'PATCH':
        return written(this.#patch(target, headers['content-type'], parsed(body), dryRun));
      case 'DELETE':
        return written(this.#delete(target, body, dryRun));
      default:
        throw methodNotAllowed();
    }
  }

  #patch(target: Target, type: string | undefined, body: JsonObject, dryRun: boolean): Written {
    switch (type) {
      case 'application/merge-patch+json':
        return this.#writes.patch(target, body, dryRun);
      case 'application/apply-patch+yaml':
        return this.#writes.apply(target, body, dryRun);
      default:
        throw unsupportedMediaType();
    }
  }

  /** Options in the body are all of the options: those of the query are not looked at then. */
  #delete(target: Target, body: string | undefined, dryRun: boolean): Written {
    if (!body) return this.#writes.delete(target, {}, dryRun);
    const options = parsed(body);
    return this.#writes.delete(target, options, Array.isArray(options['dryRun']));
  }

  #watch(target: Target, accept: string | undefined): ApiWatch {
    const watches = this.#watches.get(target.kind.plural);
    const opened = watch(this.#store, target, accept, (one) => watches?.delete(one));
    if (!opened.ended) watches?.add(opened);
    return opened;
  }
}

const ok = (body: string): ApiAnswer => ({ status: 200, headers: JSON_TYPE, body });

const written = ({ status, text }: Written): ApiAnswer => ({
  status,
  headers: JSON_TYPE,
  body: text,
});

const failed = ({ body }: ApiFailure): ApiAnswer => {
  const seconds = body.details?.retryAfterSeconds;
  const headers = seconds === undefined ? JSON_TYPE : { ...JSON_TYPE, 'retry-after': String(seconds) };
  return { status: body.code, headers, body: JSON.stringify(body) };
};

const parsed = (body: string | undefined): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw badRequest('the body is not JSON');
  }
  if (!isObject(value)) throw badRequest('the body is not an object');
  return value;
};

const isDryRun = (query: URLSearchParams): boolean => {
  const said = query.get('dryRun');
  if (said === null || said === 'All') return said !== null;
  throw invalid({ group: 'meta.k8s.io', plural: '', kind: 'CreateOptions' }, '', [
    {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ["${said}"]: supported values: "All"`,
      field: 'dryRun',
    },
  ]);
};

const unsupportedMediaType = (): Error =>
  new ApiFailure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

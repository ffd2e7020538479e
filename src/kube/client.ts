import type { Pool } from './agents.ts';
import type { Verb } from './errors.ts';
import { listAll } from './list-pager.ts';
import { collectionPath, type ObjectRef, objectPath, type Resource } from './resource.ts';
import type { Call, Transport } from './transport.ts';

interface Options {
  readonly signal?: AbortSignal | undefined;
}

interface WriteOptions extends Options {
  /**
   * Monotonic milliseconds of the transport's clock: a request that has not left by then never does, and fails with
   * reason `TooLate`, outcome `rejected`. It may have to wait for a free connection, and a write that follows an
   * upstream call must not arrive at just any time later.
   */
  readonly leaveBy?: number | undefined;
}

export interface GetOptions extends Options {
  /** Only apiVersion, kind and metadata come back (PartialObjectMetadata). */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListOptions extends GetOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface CreateOptions extends WriteOptions {
  readonly dryRun?: boolean | undefined;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status' | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  readonly force?: boolean | undefined;
  readonly subresource?: 'status' | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** Preconditions: 409 where they do not hold. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/**
 * The API server, one request a call. Every failure is a `KubeError`. Reads may be tried again underneath; a write is
 * sent once, whatever happens to it.
 */
export interface KubeClient {
  get<T>(resource: Resource, ref: ObjectRef, options?: GetOptions): Promise<T>;
  /**
   * In pages of 500, as of one moment. Items carry apiVersion and kind. `keep` says what is kept of each, before the next
   * one is read; left out: all of it.
   */
  list<T, P = T>(resource: Resource, options?: ListOptions, keep?: (item: T) => P | undefined): Promise<P[]>;
  create<T>(
    resource: Resource,
    namespace: string | undefined,
    body: object,
    options?: CreateOptions,
  ): Promise<T>;
  /** POST to a subresource of an object, such as `token` of a ServiceAccount. */
  createIn<T>(
    resource: Resource,
    ref: ObjectRef,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<T>;
  mergePatch<T>(resource: Resource, ref: ObjectRef, body: object, options?: PatchOptions): Promise<T>;
  /** Server-side apply. It merges into what others made: only for status and fields that we own by design. */
  apply<T>(resource: Resource, ref: ObjectRef, body: object, options: ApplyOptions): Promise<T>;
  /** PUT: conditional on the body's metadata.resourceVersion. */
  replace<T>(resource: Resource, ref: ObjectRef, body: object, options?: WriteOptions): Promise<T>;
  /** 404 is an error too: whoever asked decides whether it is a success. */
  delete(resource: Resource, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
}

const FIELD_MANAGER = 'machine-client-operator';

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

interface Write {
  readonly verb: Verb;
  readonly method: Call['method'];
  readonly resource: Resource;
  /** Without a name: the collection in that namespace. */
  readonly namespace: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly body: object;
  readonly contentType?: string;
  readonly dryRun?: boolean | undefined;
  readonly query?: Readonly<Record<string, string>>;
  readonly options: WriteOptions | undefined;
}

/**
 * `pool` is `lease` for the client that the leader election is given. `fieldManager` is what managedFields call us:
 * what a person wrote through another program of ours is not the operator's.
 */
export const createKubeClient = (
  transport: Transport,
  pool: Pool = 'api',
  fieldManager = FIELD_MANAGER,
): KubeClient => {
  const usual = new URLSearchParams({ fieldManager }).toString();
  const searchOf = ({ query, dryRun }: Write): string => {
    if (query === undefined && dryRun !== true) return usual;
    const search = new URLSearchParams(query ?? { fieldManager });
    if (dryRun) search.set('dryRun', 'All');
    return search.toString();
  };

  const write = async <T>(one: Write): Promise<T> => {
    const { verb, method, resource, namespace, name, subresource, body, contentType, dryRun, options } = one;
    const path =
      name === undefined
        ? collectionPath(resource, namespace)
        : objectPath(resource, { namespace, name }, subresource);
    const search = searchOf(one);
    const answer = await transport.json(
      {
        attempt: { verb, resource, subresource, namespace, name: name ?? nameIn(body) },
        method,
        path: search === '' ? path : `${path}?${search}`,
        body,
        contentType,
        dryRun,
        signal: options?.signal,
        leaveBy: options?.leaveBy,
      },
      pool,
    );
    return answer as T;
  };

  return {
    async get<T>(resource: Resource, ref: ObjectRef, options?: GetOptions): Promise<T> {
      const answer = await transport.json(
        {
          attempt: { verb: 'get', resource, namespace: ref.namespace, name: ref.name },
          method: 'GET',
          path: objectPath(resource, ref),
          accept: options?.metadataOnly ? METADATA_ONLY : undefined,
          signal: options?.signal,
        },
        pool,
      );
      return answer as T;
    },

    async list<T, P = T>(
      resource: Resource,
      options: ListOptions = {},
      keep: (item: T) => P | undefined = (item) => item as unknown as P,
    ): Promise<P[]> {
      const { items } = await listAll(transport, { ...options, resource, pool }, (raw) => keep(raw as T));
      return items;
    },

    create: (resource, namespace, body, options) =>
      write({ verb: 'create', method: 'POST', resource, namespace, body, dryRun: options?.dryRun, options }),

    createIn: (resource, ref, subresource, body, options) =>
      write({ verb: 'create', method: 'POST', resource, ...refOf(ref), subresource, body, options }),

    mergePatch: (resource, ref, body, options) =>
      write({
        verb: 'patch',
        method: 'PATCH',
        resource,
        ...refOf(ref),
        subresource: options?.subresource,
        body,
        contentType: 'application/merge-patch+json',
        dryRun: options?.dryRun,
        options,
      }),

    apply: (resource, ref, body, options) =>
      write({
        verb: 'patch',
        method: 'PATCH',
        resource,
        ...refOf(ref),
        subresource: options.subresource,
        body,
        contentType: 'application/apply-patch+yaml', // JSON is YAML.
        query: { fieldManager: options.fieldManager, force: String(options.force === true) },
        options,
      }),

    replace: (resource, ref, body, options) =>
      write({ verb: 'update', method: 'PUT', resource, ...refOf(ref), body, options }),

    async delete(resource, ref, options) {
      // What is undefined is left out of the JSON.
      const preconditions = { uid: options?.uid, resourceVersion: options?.resourceVersion };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
      await write({ verb: 'delete', method: 'DELETE', resource, ...refOf(ref), body, query: {}, options });
    },
  };
};

/** Of the object that is to be created; the API server makes one up from `generateName`. */
const nameIn = (body: object): string | undefined =>
  (body as { metadata?: { name?: string } }).metadata?.name;

const refOf = (ref: ObjectRef) => ({ namespace: ref.namespace, name: ref.name });

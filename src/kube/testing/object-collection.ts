/**
 * For tests: objects with versions, and what happened to them, as far as list, watch and conditional writes need it.
 */
export interface WireObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface CollectionEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: WireObject;
}

/** What an API server answers instead of an object. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: object;

  constructor(status: number, reason: string, message = reason, details: object = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }

  get body(): object {
    const { status: code, reason, message, details } = this;
    return {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      reason,
      message,
      details,
      code,
    };
  }
}

export class ObjectCollection {
  #revision = 100;
  readonly #objects = new Map<string, WireObject>();
  readonly history: CollectionEvent[] = [];
  readonly #listeners = new Set<(event: CollectionEvent) => void>();

  get revision(): string {
    return String(this.#revision);
  }

  list(selects: (path: string) => boolean): WireObject[] {
    return [...this.#objects].filter(([path]) => selects(path)).map(([, object]) => object);
  }

  get(path: string): WireObject {
    const object = this.#objects.get(path);
    if (object === undefined) throw new Refusal(404, 'NotFound');
    return object;
  }

  create(path: string, body: Partial<WireObject>): WireObject {
    if (this.#objects.has(path)) throw new Refusal(409, 'AlreadyExists');
    return this.#store('ADDED', path, body, `uid-${this.#revision + 1}`);
  }

  replace(path: string, body: WireObject): WireObject {
    const known = this.get(path);
    const { resourceVersion, uid } = body.metadata;
    if (resourceVersion && resourceVersion !== known.metadata.resourceVersion)
      throw new Refusal(409, 'Conflict');
    if (uid && uid !== known.metadata.uid) throw new Refusal(409, 'Conflict');
    return this.#store('MODIFIED', path, body, known.metadata.uid);
  }

  patch(path: string, body: object): WireObject {
    return this.replace(path, merge(this.get(path), body) as WireObject);
  }

  delete(path: string, preconditions: { uid?: string; resourceVersion?: string } = {}): WireObject {
    const known = this.get(path);
    for (const field of ['uid', 'resourceVersion'] as const)
      if (preconditions[field] !== undefined && preconditions[field] !== known.metadata[field])
        throw new Refusal(409, 'Conflict');
    this.#objects.delete(path);
    return this.#happened('DELETED', {
      ...known,
      metadata: { ...known.metadata, resourceVersion: this.#next() },
    });
  }

  listen(listener: (event: CollectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #next(): string {
    this.#revision++;
    return this.revision;
  }

  #store(type: 'ADDED' | 'MODIFIED', path: string, body: Partial<WireObject>, uid: string): WireObject {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
    const object = {
      apiVersion: 'v1',
      kind: 'Thing',
      ...body,
      metadata: {
        managedFields: [{ manager: 'somebody' }],
        ...body.metadata,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid,
        resourceVersion: this.#next(),
      },
    };
    this.#objects.set(path, object);
    return this.#happened(type, object);
  }

  #happened(type: CollectionEvent['type'], object: WireObject): WireObject {
    this.history.push({ type, object });
    for (const listener of this.#listeners) listener({ type, object });
    return object;
  }
}

/** RFC 7386 */
const merge = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = merge(result[key] ?? {}, value);
  return result;
};

import { expect } from 'vitest';
import type { Line, OpenWatch, Reply, Rig } from './rig.ts';

export const ABSENT = 'no object has this uid';
export const PARTIAL = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
export const PARTIAL_LIST = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };

const GROUP = '/apis/machine-client.dev/v1beta1';

const MADE = new WeakMap<Rig, readonly Place[]>();

interface Metadata {
  readonly [field: string]: unknown;
}

/** A namespace on a rig, and short words for what the behaviours do in it. */
export class Place {
  readonly rig: Rig;
  readonly namespace: string;

  constructor(rig: Rig, namespace: string) {
    this.rig = rig;
    this.namespace = namespace;
  }

  static async make(rig: Rig): Promise<Place> {
    const namespace = `b-${crypto.randomUUID().slice(0, 8)}`;
    const made = await rig.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    expect(made.status).toBe(201);
    const place = new Place(rig, namespace);
    MADE.set(rig, [...(MADE.get(rig) ?? []), place]);
    return place;
  }

  /** All that were made on a rig; nobody is left to take finalizers off. */
  static async leaveAll(rig: Rig): Promise<void> {
    for (const place of MADE.get(rig) ?? []) {
      for (const resource of ['machineclients', 'secrets', 'statefulsets'] as const)
        for (const { metadata } of (await place.list(resource, '')).body.items)
          if (metadata.finalizers)
            await place.patch(resource, metadata.name, { metadata: { finalizers: null } });
      await rig.call('DELETE', `/api/v1/namespaces/${place.namespace}`);
    }
    await rig[Symbol.asyncDispose]();
  }

  /** The path of a resource in this namespace, or of one object. */
  path(resource: Resource, rest = ''): string {
    return `${ROOTS[resource]}/namespaces/${this.namespace}/${resource}${rest}`;
  }

  post(resource: Resource, body: object, query = ''): Promise<Reply> {
    return this.rig.call('POST', `${this.path(resource)}${query}`, body);
  }

  get(resource: Resource, name: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.rig.call('GET', this.path(resource, `/${name}`), undefined, headers);
  }

  /** `name` may go on with a subresource and a query. */
  patch(resource: Resource, name: string, body: unknown): Promise<Reply> {
    return this.rig.call('PATCH', this.path(resource, `/${name}`), body);
  }

  put(resource: Resource, name: string, body: unknown): Promise<Reply> {
    return this.rig.call('PUT', this.path(resource, `/${name}`), body);
  }

  delete(resource: Resource, name: string, preconditions?: object): Promise<Reply> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    return this.rig.call('DELETE', this.path(resource, `/${name}`), preconditions && options);
  }

  list(resource: Resource, query: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.rig.call('GET', this.path(resource, `?${query}`), undefined, headers);
  }

  watch(resource: Resource, query: string, headers?: Readonly<Record<string, string>>): Promise<OpenWatch> {
    return this.rig.watch(this.path(resource, `?watch=true&timeoutSeconds=30&${query}`), headers);
  }

  /** A MachineClient that was made, as it was answered. */
  async client(name: string, metadata: Metadata = {}, spec: object = {}): Promise<Reply['body']> {
    const made = await this.post('machineclients', machineClient(name, metadata, spec));
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body;
  }

  async secret(name: string, more: object = {}, metadata: Metadata = {}): Promise<Reply['body']> {
    const made = await this.post('secrets', secret(name, more, metadata));
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body;
  }
}

export type Resource = 'machineclients' | 'secrets' | 'configmaps' | 'leases' | 'events' | 'statefulsets';

const ROOTS: Readonly<Record<Resource, string>> = {
  machineclients: GROUP,
  secrets: '/api/v1',
  configmaps: '/api/v1',
  leases: '/apis/coordination.k8s.io/v1',
  events: '/apis/events.k8s.io/v1',
  statefulsets: '/apis/apps/v1',
};

export const machineClient = (name: string, metadata: Metadata = {}, spec: object = {}) => ({
  apiVersion: 'machine-client.dev/v1beta1',
  kind: 'MachineClient',
  metadata: { name, ...metadata },
  spec: { providerRef: { name: 'stytch' }, scopes: ['read'], ...spec },
});

export const secret = (name: string, more: object = {}, metadata: Metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...metadata },
  stringData: { a: 'b' },
  ...more,
});

/** A refusal: code and reason, in the body and in the status line alike. */
export const expectRefusal = ({ status, body }: Reply, code: number, reason: string | undefined): void => {
  expect({ status, kind: body.kind, code: body.code, reason: body.reason, said: body.status }).toEqual({
    status: code,
    kind: 'Status',
    code,
    reason,
    said: 'Failure',
  });
};

/** Which fields are blamed, each once, in their order. */
export const blamed = ({ body }: Reply): string[] => [
  ...new Set<string>(
    (body.details?.causes ?? [])
      .map((cause: { readonly field?: string }) => cause.field)
      // The real one adds that it has not looked at its rules in CEL.
      .filter((field: string) => field !== '<nil>'),
  ),
];

/** The next lines, so many. */
export const take = async (watch: OpenWatch, count: number): Promise<Line[]> => {
  const lines: Line[] = [];
  while (lines.length < count) {
    const line = await watch.next();
    if (line === undefined) throw new Error(`the watch ended after ${JSON.stringify(lines)}`);
    lines.push(line);
  }
  watch.close();
  return lines;
};

/** `ADDED a`, … */
export const told = (lines: readonly Line[]): string[] =>
  lines.map(({ type, object }) => (type === 'BOOKMARK' ? type : `${type} ${object.metadata?.name}`));

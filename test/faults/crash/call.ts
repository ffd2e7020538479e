import { annotations } from '../../../src/api/group.ts';
import { type Operation, parseOperation } from '../../../src/api/operation.ts';
import { makeMark } from '../../../src/providers/mark.ts';
import type { Upstream, UpstreamRoute } from '../../helpers/upstreams/upstream.ts';
import { subject } from '../../helpers/recording-proxy.ts';
import type { Relayed } from './relay.ts';

export type Side = 'kube' | 'provider';

/** One call of the operator, as the relay understands it. */
export interface Call {
  readonly side: Side;
  /** The MachineClient that it is about; undefined for calls of the whole process. */
  readonly object: string | undefined;
  /** `PATCH machineclients`, `POST secrets?dryRun=All`, `rotateStart`: the same for each call of its kind. */
  readonly brief: string;
  /** Something changes by it; a dry run changes nothing. */
  readonly writes: boolean;
  readonly relayed: Relayed;
  /** What it asks for a token with, and which answers say that it is good. */
  readonly provenWith?: string | undefined;
  readonly proves?: UpstreamRoute['proves'];
}

/** What a Secret's name adds to its object's: `payments--import` belongs to `payments`. */
export const secretSeparator = '--';

/** Client ids that a spec chooses in these tests: `id-<object>`. */
export const chosenId = (object: string): string => `id-${object}`;

const json = (body: Buffer): Record<string, unknown> => {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** `metadata` of a body or an answer; empty where there is none. */
const metadataOf = (value: Record<string, unknown>) =>
  (value['metadata'] ?? {}) as {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };

export const parsed = (body: Buffer) => {
  const value = json(body);
  return { value, metadata: metadataOf(value) };
};

/** The operation that a fence writes; undefined for any other call. */
export const fencedBy = ({ side, relayed }: Call): Operation | undefined => {
  if (side !== 'kube') return undefined;
  return parseOperation(parsed(relayed.body).metadata.annotations?.[annotations.operation]);
};

/** Knows which object a request is about: by the names in its path and body, and upstream by ids that bear marks. */
export class Reader {
  readonly #namespace: string;
  readonly #upstream: Upstream;
  readonly #byShortMark = new Map<string, string>();
  readonly #byChosenId = new Map<string, string>();
  /** Undefined: of another installation. */
  readonly #byClient = new Map<string, string | undefined>();
  /** Before the name in a mark of ours: `installation` and namespace have one name in these tests. */
  readonly #ours: string;

  constructor(namespace: string, upstream: Upstream) {
    this.#namespace = namespace;
    this.#upstream = upstream;
    this.#ours = `${namespace}/${namespace}/`;
  }

  learn(object: string): void {
    this.#byShortMark.set(makeMark(this.#namespace, this.#namespace, object).short, object);
    this.#byChosenId.set(chosenId(object), object);
  }

  /** By an id that tells, else by the mark that the client bears or has borne. */
  objectOfClient(id: string): string | undefined {
    const told = this.#byChosenId.get(id) ?? this.#byShortMark.get(id.slice(0, 30));
    if (told !== undefined) return told;
    if (!this.#byClient.has(id)) this.#lookAtMarks();
    return this.#byClient.get(id);
  }

  #lookAtMarks(): void {
    for (const { clientId, owner } of this.#upstream.clients()) {
      if (owner === undefined) continue;
      this.#byClient.set(clientId, owner.startsWith(this.#ours) ? owner.slice(this.#ours.length) : undefined);
    }
  }

  /** A client that somebody made for this object. */
  name(clientId: string, object: string): void {
    this.#byClient.set(clientId, object);
  }

  kube(relayed: Relayed): Call {
    const { method, path, query, body } = relayed;
    const { resource, namespace, name } = subject(path);
    const dryRun = query.has('dryRun');
    const watch = query.get('watch') === 'true' || query.get('watch') === '1';
    const own = name ?? parsed(body).metadata.name;
    const plural = resource.split('/')[0];
    const isList = method === 'GET' && name === undefined;
    const object =
      namespace === this.#namespace &&
      own !== undefined &&
      (plural === 'machineclients' || plural === 'secrets')
        ? own.split(secretSeparator)[0]
        : undefined;
    return {
      side: 'kube',
      object: object !== undefined && this.#known(object) ? object : undefined,
      brief: `${watch ? 'WATCH' : isList ? 'LIST' : method} ${resource}${dryRun ? '?dryRun=All' : ''}`,
      writes: method !== 'GET' && !dryRun,
      relayed,
    };
  }

  provider(relayed: Relayed): Call {
    const { method, path, query, body, headers } = relayed;
    for (const route of this.#upstream.routes) {
      const match = route.path.exec(path);
      const inQuery = route.inQuery === undefined ? undefined : query.get(route.inQuery);
      if (route.method !== method || !match || inQuery === null) continue;
      const { operation: brief, writes, proves } = route;
      const asked = proves ? this.#upstream.askedWith({ body: body.toString('utf8'), headers }) : undefined;
      const inBody = writes && match[1] === undefined ? json(body) : {};
      const marked = this.#upstream.markIn(inBody)?.split('/')[2];
      const [, inPath] = match;
      const named = inPath === undefined ? undefined : (this.#upstream.clientOfPath?.(inPath) ?? inPath);
      const id = named ?? inQuery ?? asked?.clientId ?? this.#upstream.clientIn(inBody);
      const object = marked ?? (id === undefined ? undefined : this.objectOfClient(decodeURIComponent(id)));
      return { side: 'provider', object, brief, writes, relayed, provenWith: asked?.value, proves };
    }
    return { side: 'provider', object: undefined, brief: `${method} elsewhere`, writes: false, relayed };
  }

  #known(object: string): boolean {
    return this.#byChosenId.has(chosenId(object));
  }
}

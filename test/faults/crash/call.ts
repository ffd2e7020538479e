import { annotations } from '../../../src/api/group.ts';
import { parseOperation } from '../../../src/machine-client/operation.ts';
import { makeMark } from '../../../src/providers/mark.ts';
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

/** When the operation that a fence writes is settled: wall clock, or undefined for any other call. */
export const settledBy = ({ side, relayed }: Call): number | undefined => {
  if (side !== 'kube') return undefined;
  return parseOperation(parsed(relayed.body).metadata.annotations?.[annotations.operation])?.until;
};

const providerRoutes: readonly (readonly [
  method: string,
  path: RegExp,
  operation: string,
  writes: boolean,
])[] = [
  ['POST', /^\/v1\/m2m\/clients$/, 'create', true],
  ['POST', /^\/v1\/m2m\/clients\/search$/, 'search', false],
  ['GET', /^\/v1\/m2m\/clients\/([^/]+)$/, 'get', false],
  ['PUT', /^\/v1\/m2m\/clients\/([^/]+)$/, 'update', true],
  ['DELETE', /^\/v1\/m2m\/clients\/([^/]+)$/, 'delete', true],
  ['POST', /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate\/start$/, 'rotateStart', true],
  ['POST', /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate$/, 'rotate', true],
  ['POST', /^\/v1\/m2m\/clients\/([^/]+)\/secrets\/rotate\/cancel$/, 'rotateCancel', true],
  ['POST', /^\/v1\/public\/[^/]+\/oauth2\/token$/, 'token', false],
];

/** Knows which object a request is about: by the names in its path and body, and upstream by ids that bear marks. */
export class Reader {
  readonly #namespace: string;
  readonly #byShortMark = new Map<string, string>();
  readonly #byChosenId = new Map<string, string>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** `installation` and namespace have one name in these tests. */
  learn(object: string): void {
    this.#byShortMark.set(makeMark(this.#namespace, this.#namespace, object).short, object);
    this.#byChosenId.set(chosenId(object), object);
  }

  objectOfClient(id: string): string | undefined {
    return this.#byChosenId.get(id) ?? this.#byShortMark.get(id.slice(0, 30));
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
    const { method, path, body } = relayed;
    for (const [verb, pattern, brief, writes] of providerRoutes) {
      const match = pattern.exec(path);
      if (verb !== method || !match) continue;
      const form =
        brief === 'token' ? new URLSearchParams(body.toString('utf8')).get('client_id') : undefined;
      const inBody = brief === 'create' ? json(body)['client_id'] : undefined;
      const id = match[1] ?? form ?? (typeof inBody === 'string' ? inBody : undefined);
      const object = id === undefined ? undefined : this.objectOfClient(decodeURIComponent(id));
      return { side: 'provider', object, brief, writes, relayed };
    }
    return { side: 'provider', object: undefined, brief: `${method} elsewhere`, writes: false, relayed };
  }

  #known(object: string): boolean {
    return this.#byChosenId.has(chosenId(object));
  }
}

import { methodNotAllowed, noSuchPath } from './failure.ts';
import type { Kind } from './kind.ts';

/** What a request speaks of. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  /** Left out: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
}

const MOST_KNOWN = 1_000;

/** Finds what a path leads to. */
export class Routes {
  /** By `/api/v1` or `/apis/GROUP/VERSION`, and then by plural. */
  readonly #groups = new Map<string, Map<string, Kind>>();
  /** The same few paths are asked for again and again. */
  readonly #known = new Map<string, Target>();

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) {
      const root = kind.group === '' ? `api/${kind.version}` : `apis/${kind.apiVersion}`;
      const group = this.#groups.get(root) ?? new Map<string, Kind>();
      this.#groups.set(root, group.set(kind.plural, kind));
    }
  }

  /** undefined: no such API group, which is not answered with a Status. */
  target(path: string): Target | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const target = this.#find(path);
    if (this.#known.size === MOST_KNOWN) this.#known.clear();
    if (target !== undefined) this.#known.set(path, target);
    return target;
  }

  #find(path: string): Target | undefined {
    const [place = '', search = ''] = path.split('?', 2);
    const segments = place.slice(1).split('/').map(decoded);
    const core = segments[0] === 'api';
    const group = this.#groups.get(segments.slice(0, core ? 2 : 3).join('/'));
    if (group === undefined) return undefined;
    const rest = segments.slice(core ? 2 : 3);
    const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && group.has(rest[2] ?? '');
    const namespace = inNamespace ? rest[1] : undefined;
    const [plural = '', name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
    const kind = group.get(plural);
    if (kind === undefined || more.length > 0) throw noSuchPath();
    if (kind.namespaced && namespace === undefined && name !== undefined) throw noSuchPath();
    if (!kind.namespaced && namespace !== undefined) throw noSuchPath();
    if (subresource !== undefined && !(subresource === 'status' && kind.hasStatus)) throw noSuchPath();
    return { kind, namespace, name, subresource, query: new URLSearchParams(search) };
  }
}

const decoded = (segment: string): string => (segment.includes('%') ? decodeURIComponent(segment) : segment);

/** Of a request for one object. */
export const nameIn = ({ name }: Target): string => {
  if (name === undefined) throw methodNotAllowed();
  return name;
};

/** Of a request that makes an object: all of it, or of a namespace for what has one. */
export const isWholeCollection = ({ kind, namespace }: Target): boolean =>
  kind.namespaced && namespace === undefined;

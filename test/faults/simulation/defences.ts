import type { Agenda } from './agenda.ts';
import type { ApiAnswer, Change } from './api-server/api.ts';
import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { WireRequest } from './exchange.ts';

/**
 * What else guards an invariant when one of these is missing? A schedule names what it does without, for all operators:
 *
 * - `leader`: both replicas work at the same time.
 * - `object-versions`, `secret-versions`: the API server takes writes of MachineClients, or of Secrets, whatever
 *   resourceVersion they were made from.
 * - `live-reads`: a GET of a Secret shows what was there some time ago, as a cache does.
 */
export type Defence = 'leader' | 'object-versions' | 'secret-versions' | 'live-reads';

/** A cache that lags, and no more than the settle time of operations. */
const STALE_MS = 15_000;

const resources = { 'object-versions': 'machineclients', 'secret-versions': 'secrets' } as const;

interface Past {
  readonly at: number;
  /** Undefined: it was not there. */
  readonly object: RawObject | undefined;
}

export class Defences {
  readonly #without: ReadonlySet<Defence>;
  readonly #agenda: Agenda;
  /** Of each Secret, by its path: as what it was written, the newest first. */
  readonly #past = new Map<string, Past[]>();

  constructor(without: readonly Defence[], agenda: Agenda) {
    this.#without = new Set(without);
    this.#agenda = agenda;
  }

  has(defence: Defence): boolean {
    return !this.#without.has(defence);
  }

  changed({ resource, type, object }: Change): void {
    if (resource !== 'secrets' || this.has('live-reads')) return;
    const { namespace = '', name } = object.metadata;
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const past = this.#past.get(path) ?? [];
    this.#past.set(path, past);
    past.unshift({ at: this.#agenda.now, object: type === 'DELETED' ? undefined : object });
  }

  /** What a read of a Secret shows in place of what is there. */
  stale({ method, path }: WireRequest): ApiAnswer | undefined {
    const past = method === 'GET' ? this.#past.get(path) : undefined;
    if (!past) return undefined;
    const { object } = past.find(({ at }) => at <= this.#agenda.now - STALE_MS) ?? { object: undefined };
    const headers = { 'content-type': 'application/json' };
    return object
      ? { status: 200, headers, body: JSON.stringify(object) }
      : { status: 404, headers, body: JSON.stringify(notThere) };
  }

  /** The request as the API server takes it. */
  taken(request: WireRequest): WireRequest {
    for (const defence of ['object-versions', 'secret-versions'] as const)
      if (
        !this.has(defence) &&
        request.method === 'PATCH' &&
        request.path.includes(`/${resources[defence]}/`)
      )
        return { ...request, body: unconditional(request.body) };
    return request;
  }
}

const notThere = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };

const unconditional = (body: string | undefined): string | undefined => {
  if (body === undefined) return undefined;
  const { metadata, ...rest } = JSON.parse(body) as { metadata?: Record<string, unknown> };
  if (metadata === undefined) return body;
  const { resourceVersion: _, ...kept } = metadata;
  return JSON.stringify({ ...rest, metadata: kept });
};

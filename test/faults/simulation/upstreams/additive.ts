import type { WireRequest } from '../exchange.ts';
import { jsonOf } from './memory.ts';
import type { ConsoleDeed, TrueMark, UpstreamCall } from './upstream.ts';

/** What providers have in common whose clients have several credentials, each with an id of its own. */

/** The parts of the path, from the client on. */
interface Place {
  readonly clientId: string;
  /** The collection of its credentials. */
  readonly part: string | undefined;
  readonly credentialId: string;
}

/** What a request writes there. `markIn`: the mark in the body of a creation. */
export const writeOf = (
  request: WireRequest,
  { clientId, part, credentialId }: Place,
  markIn: (body: Readonly<Record<string, unknown>>) => TrueMark | undefined,
): UpstreamCall => {
  const ends = request.method === 'DELETE';
  if (part !== undefined)
    return ends ? { kind: 'retire', clientId, credentialId } : { kind: 'mint', clientId };
  if (ends) return { kind: 'delete', clientId };
  const { owner } = markIn(jsonOf(request)) ?? {};
  return { kind: clientId === '' ? 'create' : 'update', clientId, owner };
};

/** What a person does to the credentials of one client, as far as it can be done; false: it is no such deed. */
export const actOnCredentials = (
  deed: ConsoleDeed,
  {
    ids,
    most,
    add,
    drop,
  }: {
    /** Those that live, the oldest first. */
    readonly ids: readonly string[];
    readonly most: number;
    readonly add: () => void;
    readonly drop: (id: string) => void;
  },
): boolean => {
  const free = Math.max(0, most - ids.length);
  switch (deed) {
    case 'add':
      if (free > 0) add();
      return true;
    case 'fill':
      for (let count = 0; count < free; count++) add();
      return true;
    case 'drop-newest':
      drop(ids.at(-1) ?? '');
      return true;
    case 'drop-oldest':
      drop(ids[0] ?? '');
      return true;
    default:
      return false;
  }
};

import { findCondition } from '../../../src/api/conditions.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import type { Picture, Site } from './site.ts';

/** One thing that happens to an object; each of its calls is a point at which everything can go wrong. */
export interface Scenario {
  readonly name: string;
  /** Begins the names of its objects. */
  readonly id: string;
  /** Up to where nothing goes wrong; the object is to be at rest afterwards, if there is one. */
  readonly prepare: (site: Site, object: string) => Promise<unknown>;
  readonly act: (site: Site, object: string) => Promise<unknown>;
  /** No operator runs while it acts. */
  readonly offline?: boolean;
  /** Done again and again until it is done: what a person does when an intermediate state is reached. */
  readonly drive?: (site: Site, picture: Picture, object: string) => Promise<unknown>;
  /** Whether what `act` asked for has come about, and nothing is under way any more. */
  readonly done: (picture: Picture, object: string) => boolean;
  /** Nothing is left of the object, but what `deletionPolicy: Retain` keeps. */
  readonly ends?: 'gone' | 'retained';
  /** The process is not killed: it falls asleep while it leads, and wakes up when another one does. */
  readonly leaders?: boolean;
  /** Another installation has objects of the same names on the same account. */
  readonly neighbour?: boolean;
  /** It takes the whole namespace with it, so that each round needs another one. */
  readonly fresh?: boolean;
  /** Calls that somebody else may do first (the namespace controller), so that not all of their points come about. */
  readonly contested?: readonly string[];
  /** Something that only providers of this style know. */
  readonly only?: Upstream['style'];
  /** A prober asks for tokens all the while, with what is in the Secrets and with what was until the overlap ends. */
  readonly probed?: boolean;
  /** Fields of the provider object beside the usual ones. */
  readonly provider?: Readonly<Record<string, unknown>>;
  /** The answer to the first call of this kind is lost, of each object. */
  readonly loses?: string;
  /** It takes away what all objects of a cluster stand on, so that it has one to itself. */
  readonly ownCluster?: boolean;
  /** What it does looks like a loss: so many at a time are below what the mass guard holds. */
  readonly most?: number;
}

export const condition = (picture: Picture, object: string, type: string) =>
  findCondition(picture.objects.get(object)?.status?.conditions, type);

/** Published in this version or a later one, and nothing is open any more. */
export const atRest = (picture: Picture, object: string, version = 1): boolean => {
  const found = picture.objects.get(object);
  const [client, ...others] = picture.clients(object);
  return (
    // Where there are no clients, what was issued before ends by itself.
    ((client?.credentials.length === 1 && others.length === 0) || picture.style === 'ephemeral') &&
    condition(picture, object, 'Ready')?.status === 'True' &&
    condition(picture, object, 'Drifted')?.status === 'False' &&
    found?.status?.observedGeneration === found?.metadata.generation &&
    (found?.status?.secretVersion ?? 0) >= version
  );
};

import { isGone, isThrottled, KubeError } from './errors.ts';

/** What ended a step of a reflector that is not an error of the API server. */
export type Ending =
  | 'initial-events-missing' // the bookmark that ends them did not come
  | 'stale' // no byte for too long: the connection is half open
  | 'short-watch'; // closed at once, without an event

export class StreamEnded extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending);
    this.ending = ending;
  }
}

export interface Verdict {
  /** One word for metrics and the log. */
  readonly reason: string;
  /** What is known is not continued: list again. */
  readonly relist: boolean;
  /** The server cannot send initial events: list in pages from now on. */
  readonly withoutWatchList: boolean;
  /** No failure of anybody: go on at once. */
  readonly atOnce: boolean;
  /** At least this long, as the server asked for. */
  readonly notBeforeMs: number;
  /** However often it has failed in this way, it is worth a try so soon. */
  readonly mostMs: number;
}

/** A definition is back when somebody has put it back, and the answer that it is not costs next to nothing. */
const NOT_SERVED_MS = 2_000;

const verdict = (reason: string, more: Partial<Verdict> = {}): Verdict => ({
  reason,
  relist: false,
  withoutWatchList: false,
  atOnce: false,
  notBeforeMs: 0,
  mostMs: Number.POSITIVE_INFINITY,
  ...more,
});

/**
 * What a reflector does about a failure. `initial`: the step was a watch that was to begin with all objects. Whatever
 * is not named here heals by trying again from where the stream stopped.
 */
export const judge = (error: unknown, initial: boolean): Verdict => {
  if (error instanceof StreamEnded)
    return error.ending === 'initial-events-missing'
      ? verdict(error.ending, { withoutWatchList: true, atOnce: true })
      : verdict(error.ending);
  if (!(error instanceof KubeError)) return verdict('failed');
  if (isGone(error)) return verdict('gone', { relist: true });
  // Not served, or not any more: what was known is of a former definition, whose versions nothing goes on from.
  if (error.status === 404) return verdict('not-served', { relist: true, mostMs: NOT_SERVED_MS });
  if (isThrottled(error)) return verdict('throttled', { notBeforeMs: error.retryAfterMs ?? 0 });
  // A server older than the feature, or without its gate, says that the parameter is invalid.
  if (initial && (error.status === 400 || error.status === 422))
    return verdict('no-watch-list', { withoutWatchList: true, atOnce: true });
  // etcd was restored: the version that we go on from is of a future that is not going to happen.
  if (error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge'))
    return verdict('version-too-large', { relist: true });
  if (error.status === 400 || error.status === 422) return verdict('version-invalid', { relist: true });
  return verdict(error.status === 0 ? 'connection' : `http-${error.status}`, {
    notBeforeMs: error.retryAfterMs ?? 0,
  });
};

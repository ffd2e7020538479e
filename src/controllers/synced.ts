import type { Logger } from 'pino';
import type { Clock } from '../runtime/clock.ts';
import type { Caches } from './caches.ts';

/** Until the caches are filled. Says what it waits for: a missing CRD, a missing permission, an API server that is not there. */
export const synced = async (caches: Caches, clock: Clock, log: Logger, stop: AbortSignal): Promise<void> => {
  const waiting = Promise.all(caches.reflectors.map(({ reflector }) => reflector.whenSynced(stop)));
  let done = false;
  const told = new Map<string, string>();
  const tell = (): void => {
    if (done) return;
    for (const { name, reflector } of caches.reflectors) {
      const { problem } = reflector;
      if (!problem || reflector.hasSynced || told.get(name) === problem.message) continue;
      told.set(name, problem.message);
      // An API group that is not served: no Status of the API server says so, only the number.
      const hint = problem.status === 404 ? '; are the CRDs installed? kubectl apply -f crds/' : '';
      log.warn({ resource: name, error: `${problem.message}${hint}` }, 'waiting for the API server');
    }
    timer = clock.timer(1_000, tell);
  };
  let timer = clock.timer(1_000, tell);
  try {
    await waiting;
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    done = true;
    timer[Symbol.dispose]();
  }
};

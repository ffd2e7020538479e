import type { Logger } from 'pino';
import { isThrottled } from '../kube/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Caches } from './caches.ts';
import { refusedNamespaces } from './served.ts';

/** An API server that begins to serve a definition answers 429 for some seconds. Longer, it is no beginning any more. */
const BEGINS_MS = 30_000;

/**
 * Until the caches are filled, but for those of namespaces in which the operator may not look, while it may in others.
 * Says what it waits for: a missing CRD, a missing permission, an API server that is not there.
 */
export const synced = async (
  caches: Pick<Caches, 'reflectors'>,
  clock: Clock,
  log: Logger,
  stop: AbortSignal,
): Promise<void> => {
  const enough = Promise.withResolvers<void>();
  const filled = Promise.all(caches.reflectors.map(({ reflector }) => reflector.whenSynced(stop)));
  const waiting = Promise.race([enough.promise, filled]);
  // It ends with the process, where it is not waited for.
  filled.catch(() => undefined);
  let done = false;
  const told = new Map<string, string>();
  const throttledSince = new Map<string, number>();
  const tell = (): void => {
    if (done) return;
    for (const { name, reflector } of caches.reflectors) {
      const { problem } = reflector;
      if (!problem || reflector.hasSynced) continue;
      const now = clock.monotonic();
      if (!isThrottled(problem)) throttledSince.delete(name);
      else if (!throttledSince.has(name)) throttledSince.set(name, now);
      const since = throttledSince.get(name);
      const level = since !== undefined && now - since < BEGINS_MS ? 'info' : 'warn';
      const saying = `${level} ${problem.message}`;
      if (told.get(name) === saying) continue;
      told.set(name, saying);
      // An API group that is not served: no Status of the API server says so, only the number.
      const hint = problem.status === 404 ? '; are the CRDs installed? kubectl apply -f crds/' : '';
      log[level]({ resource: name, error: `${problem.message}${hint}` }, 'waiting for the API server');
    }
    const refused = refusedNamespaces(caches.reflectors);
    if (refused) {
      log.warn({ namespaces: refused }, 'these namespaces are not served before the operator may look there');
      enough.resolve();
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

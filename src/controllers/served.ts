import type { Watched } from './caches.ts';

/**
 * Everything of this namespace has been seen. One of several that are watched may be without rights, and what was not
 * seen is not absent: nothing is done for its objects, and none of its clients counts as an orphan.
 */
export const serves = (reflectors: readonly Watched[], namespace: string): boolean =>
  reflectors.every((one) => one.reflector.hasSynced || (one.namespace ?? namespace) !== namespace);

/**
 * Of several namespaces that are watched those in which the operator may not look; one that does not exist any more is
 * among them, for its rights went with it. Undefined where something else is waited for, or no other one can be served.
 */
export const refusedNamespaces = (reflectors: readonly Watched[]): readonly string[] | undefined => {
  const refused = new Set<string>();
  for (const { namespace, reflector } of reflectors) {
    if (reflector.hasSynced) continue;
    if (namespace === undefined || reflector.problem?.status !== 403) return undefined;
    refused.add(namespace);
  }
  const canServe = reflectors.some(({ namespace }) => namespace !== undefined && !refused.has(namespace));
  return canServe && refused.size > 0 ? [...refused] : undefined;
};

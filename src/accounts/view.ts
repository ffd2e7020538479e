import { providerKeyOf, type MachineClient } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import { policyRefusal } from '../machine-client/client-policy.ts';
import type { ProviderView } from '../machine-client/observe.ts';
import type { Refusal } from '../providers/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Access } from './access.ts';
import type { Counting } from './counting.ts';
import { deletionOf, heldIn, lossOf, uncounted } from './holds.ts';
import type { AccountRegistry } from './registry.ts';
import type { Serving } from './serving.ts';
import { withdrawnView } from './withdrawn.ts';

export interface ViewOptions {
  readonly installation: string;
  readonly clock: Clock;
  readonly scale: (ms: number) => number;
  readonly serving: Serving;
  readonly registry: AccountRegistry;
  readonly access: Access;
  readonly counting: Counting;
}

/**
 * What a MachineClient may know of its provider. A pure read: it counts, notices and asks for nothing, and wakes nobody;
 * however often it is asked, the next answer is the same.
 */
export const viewOf = (
  { installation, clock, scale, serving, registry, access, counting }: ViewOptions,
  object: MachineClient,
): ProviderView => {
  const { kind, name } = object.spec.providerRef;
  const key = providerKeyOf(object);
  const what = kind === 'IdentityProvider' ? `${kind} ${object.namespace}/${name}` : `${kind} ${name}`;
  const provider = serving.provider(key);
  if (!provider) return { state: 'missing', reason: 'ProviderNotFound', message: `${what} does not exist` };
  const refused = registry.refusal(key);
  const shared = registry.shared(key);
  const now = clock.now();
  const notReady = (reason: Reason): ProviderView => ({
    state: 'not-ready',
    reason: 'ProviderNotReady',
    message: `${what} is not Ready (${reason})`,
    // What needs no provider, for its secrets end by themselves, is held all the same.
    ...(shared ? deletionOf(serving, shared, object, now) : uncounted(serving, provider, key, object)),
  });
  const { spec } = provider;
  const closed = kind === 'ClusterIdentityProvider' && !serving.allows(provider, object.namespace);
  const denied: Refusal | undefined = closed
    ? {
        reason: 'NamespaceNotAllowed',
        message: `${what} does not allow the namespace ${object.namespace}; see its spec.allowedNamespaces`,
      }
    : spec && policyRefusal(object.spec, spec, kind);
  const organization = access.organizationOf(object);
  const nowhere =
    organization === undefined && shared?.pool.account?.capabilities.listsByOrganization === true;
  if (object.deleting && (closed || nowhere) && shared && spec && !refused && !shared.pool.trouble) {
    const why =
      denied ?? ({ reason: 'OrganizationNotFound', message: `it names no organization of ${what}` } as const);
    const isCounted = counting.of(shared, object).marked !== undefined;
    // A permission that is taken away confirms no deletion. What is not counted has nothing there, and waits for nobody.
    return {
      ...withdrawnView(object, why, { installation, key, spec, pool: shared.pool, scale }),
      ...(isCounted && deletionOf(serving, shared, object, now)),
    };
  }
  if (closed && denied) return { state: 'denied', ...denied };
  if (refused) return notReady(refused);
  const connected = shared?.pool.connected(key, organization);
  if (!shared || !connected || !spec) return notReady('ProviderNotReady');
  if (shared.pool.trouble) return notReady(shared.pool.trouble.reason);
  if (shared.pool.troubleOf(organization))
    return {
      state: 'denied',
      reason: 'OrganizationNotFound',
      message: `${what} shows no organization ${organization}: it does not exist there, or may not be seen`,
    };
  const health = counting.upstreamHealthOf(shared, object, organization);
  return {
    state: 'ready',
    spec,
    denied,
    connected,
    kept: registry.keptOf(key, provider),
    held: heldIn(serving, shared, object.namespace),
    ...lossOf(shared, object, { health, organization }, { now, scale }),
    ...deletionOf(serving, shared, object, now),
  };
};

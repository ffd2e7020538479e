import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { providerKeyOf, resourceOfProvider, type MachineClient } from '../api/objects.ts';
import { MOST_FORMER_ORGANIZATIONS } from '../api/schema/identity-provider.ts';
import type { KubeClient } from '../kube/client.ts';
import { lineOf, type ProviderHub } from './provider-hub.ts';

export interface OrphanRecorderOptions {
  readonly kube: KubeClient;
  readonly hub: ProviderHub;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Names what an object leaves behind upstream in the status of its provider, before the object may go. An object that
 * may not use the provider writes nothing there, whatever it says of itself.
 */
export const orphanRecorder =
  ({ kube, hub, log, signal }: OrphanRecorderOptions) =>
  async (object: MachineClient, clientId: string): Promise<void> => {
    const key = providerKeyOf(object);
    const { namespace, name } = object;
    const provider = hub.providerByKey(key);
    if (!provider || !hub.mayUse(object)) {
      log.warn(
        { ns: namespace, name, clientId },
        'a client was left upstream, and its provider is gone or does not serve this namespace',
      );
      return;
    }
    const orphan = { clientId, namespace, name };
    const line = lineOf(orphan);
    // Until the next sweep, which sees it itself where the provider can list.
    const shared = hub.sharedPool(key);
    if (shared?.orphans && !shared.orphans.some((one) => lineOf(one) === line))
      shared.orphans = [...shared.orphans, orphan];
    const known = provider.status.orphans ?? { count: 0 };
    const all = hub.orphansOf(key);
    // As the status is written after a sweep, so that whoever comes again with the same one finds it there.
    const wanted = all
      ? { count: all.length, sample: all.slice(0, 20) }
      : { count: known.count + 1, sample: [...(known.sample ?? []), line].slice(-20) };
    if (known.sample?.includes(line) || isDeepStrictEqual(known, wanted)) return;
    // Where nobody else names it, a restart would forget that this organization is to be listed.
    const organization = hub.organizationOf(object);
    const former = provider.status.formerOrganizations ?? [];
    const noted = organization === undefined || former.includes(organization);
    const ref = { name: provider.name, ...(provider.namespace !== '' && { namespace: provider.namespace }) };
    const body = {
      metadata: { uid: provider.uid, resourceVersion: provider.resourceVersion },
      status: {
        orphans: wanted,
        ...(!noted && { formerOrganizations: [...former, organization].slice(-MOST_FORMER_ORGANIZATIONS) }),
      },
    };
    await kube.mergePatch(resourceOfProvider(provider.kind), ref, body, { subresource: 'status', signal });
  };

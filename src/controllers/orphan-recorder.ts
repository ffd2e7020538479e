import type { Logger } from 'pino';
import { providerKeyOf, resourceOfProvider, type MachineClient } from '../api/objects.ts';
import { MOST_FORMER_ORGANIZATIONS } from '../api/schema/identity-provider.ts';
import type { KubeClient } from '../kube/client.ts';
import { organizationOf, type ProviderHub } from './provider-hub.ts';

export interface OrphanRecorderOptions {
  readonly kube: KubeClient;
  readonly hub: ProviderHub;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Names what an object leaves behind upstream in the status of its provider, before the object may go. */
export const orphanRecorder =
  ({ kube, hub, log, signal }: OrphanRecorderOptions) =>
  async (object: MachineClient, orphan: string): Promise<void> => {
    const key = providerKeyOf(object);
    const provider = hub.providerByKey(key);
    if (!provider) {
      log.warn(
        { ns: object.namespace, name: object.name, orphan },
        'a client was left upstream, and its provider is gone',
      );
      return;
    }
    // Until the next sweep, which sees it itself where the provider can list.
    const shared = hub.sharedPool(key);
    if (shared?.orphans && !shared.orphans.includes(orphan)) shared.orphans = [...shared.orphans, orphan];
    const known = provider.status.orphans ?? { count: 0 };
    if (known.sample?.includes(orphan)) return;
    // Where nobody else names it, a restart would forget that this organization is to be listed.
    const organization = organizationOf(object);
    const former = provider.status.formerOrganizations ?? [];
    const noted = organization === undefined || former.includes(organization);
    const ref = { name: provider.name, ...(provider.namespace !== '' && { namespace: provider.namespace }) };
    const body = {
      metadata: { uid: provider.uid, resourceVersion: provider.resourceVersion },
      status: {
        orphans: { count: known.count + 1, sample: [...(known.sample ?? []), orphan].slice(-20) },
        ...(!noted && { formerOrganizations: [...former, organization].slice(-MOST_FORMER_ORGANIZATIONS) }),
      },
    };
    await kube.mergePatch(resourceOfProvider(provider.kind), ref, body, { subresource: 'status', signal });
  };

import { finalizers, leaseName } from '../../src/api/group.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import { type KubeObject, leases, namespaces, secrets } from '../../src/kube/resource.ts';
import { until } from '../helpers/until.ts';

const GONE_WITHIN_MS = 60_000;

interface LeaseWire extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
}

/** @throws Error when an operator works in this cluster already: it would act on the demo's objects too. */
export const refuseSecondOperator = async (kube: KubeClient, signal: AbortSignal): Promise<void> => {
  const found = await kube.list<LeaseWire>(leases, { fieldSelector: `metadata.name=${leaseName}`, signal });
  const held = found.find(({ spec }) => {
    const until = Date.parse(spec?.renewTime ?? '') + (spec?.leaseDurationSeconds ?? 0) * 1000;
    return Boolean(spec?.holderIdentity) && until > Date.now();
  });
  if (held)
    throw new Error(
      `an operator works in this cluster already (lease ${held.metadata.namespace}/${leaseName}), ` +
        "and it would act on the demo's objects too: take another cluster, or stop it for the time of the demo",
    );
};

/**
 * Deletes namespaces of the demo with all that is in them. The operator must be dead: its finalizers are taken off,
 * since what they protect is in the simulator, which ends with the demo.
 *
 * @throws Error that names the namespaces that are still there after a minute.
 */
export const removeNamespaces = async (kube: KubeClient, names: readonly string[]): Promise<void> => {
  const ifGone = (error: unknown): undefined => {
    if (!isNotFound(error)) throw error;
  };
  // First, so that nothing can be made in them any more.
  for (const name of names) await kube.delete(namespaces, { name }).catch(ifGone);
  const release = async (namespace: string): Promise<void> => {
    for (const resource of [machineClients, identityProviders, secrets])
      for (const { metadata } of (await kube.list<KubeObject>(resource, { namespace }).catch(ifGone)) ?? []) {
        const ours: readonly string[] = Object.values(finalizers);
        const kept = metadata.finalizers?.filter((name) => !ours.includes(name)) ?? [];
        if (kept.length === (metadata.finalizers?.length ?? 0)) continue;
        const body = { metadata: { finalizers: kept } };
        await kube.mergePatch(resource, { namespace, name: metadata.name }, body).catch(ifGone);
      }
  };
  for (const name of names)
    await until(
      `namespace ${name} to be gone`,
      async () => {
        await release(name);
        return (await kube.get<KubeObject>(namespaces, { name }).catch(ifGone)) === undefined;
      },
      { timeoutMs: GONE_WITHIN_MS, everyMs: 200 },
    );
};

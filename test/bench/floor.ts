import { annotations } from '../../src/api/group.ts';
import { machineClients } from '../../src/api/objects.ts';
import { namespaces, secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import type { MachineClientWire } from '../helpers/world.ts';
import { isGone } from '../helpers/is-gone.ts';
import { until } from '../helpers/until.ts';
import { machineClient, numbered, type Site } from './site.ts';
import type { Stage } from './stage.ts';
import { inParallel } from './statistics.ts';

/** What the operator wrote for one client: the floor writes the same, so that the objects are of one kind. */
export interface Template {
  readonly client: MachineClientWire;
  readonly secret: SecretWire;
}

export const readTemplate = async (site: Site, name: string): Promise<Template> => {
  const { kube } = site.stage;
  const ref = { namespace: site.namespace, name };
  return { client: await kube.get(machineClients, ref), secret: await kube.get(secrets, ref) };
};

const NAMESPACE = 'bench-floor';

/**
 * Clients a second of a bare loop that makes the four API calls of a creation and does nothing else: what the API
 * server and the connection allow on this machine. No operator may be running.
 */
export const measureFloor = async (stage: Stage, template: Template, count: number): Promise<number> => {
  const { kube } = stage;
  const namespace = NAMESPACE;
  const names = numbered('f', count);
  const metadata = { name: namespace };
  await kube.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const made: MachineClientWire[] = [];
  await inParallel(count, stage.concurrency, async (index) => {
    made.push(await kube.create(machineClients, namespace, machineClient(namespace, names[index] ?? '')));
  });
  const { type, data } = template.secret;
  const operation = template.client.metadata.annotations?.[annotations.operation] ?? '';
  const begun = performance.now();
  await inParallel(count, stage.concurrency, async (index) => {
    const { name, uid, resourceVersion } = made[index]?.metadata ?? {
      name: '',
      uid: '',
      resourceVersion: '',
    };
    const ref = { namespace, name };
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...ref,
        labels: template.secret.metadata.labels,
        annotations: template.secret.metadata.annotations,
      },
      type,
      data,
    };
    await kube.create(secrets, namespace, secret, { dryRun: true });
    // Without the finalizer, which nobody would take off.
    const fence = { metadata: { uid, resourceVersion, annotations: { [annotations.operation]: operation } } };
    const fenced = await kube.mergePatch<MachineClientWire>(machineClients, ref, fence);
    await kube.create(secrets, namespace, secret);
    const status = {
      metadata: { uid, resourceVersion: fenced.metadata.resourceVersion },
      status: template.client.status,
    };
    await kube.mergePatch(machineClients, ref, status, { subresource: 'status' });
  });
  const perSecond = count / ((performance.now() - begun) / 1000);
  await remove(stage, namespace);
  return perSecond;
};

/** The operator that comes next must not meet these objects. */
const remove = async ({ kube }: Stage, name: string): Promise<void> => {
  await kube.delete(namespaces, { name });
  await until(`the namespace ${name} to be gone`, () => isGone(kube.get(namespaces, { name })), {
    everyMs: 200,
    timeoutMs: 180_000,
  });
};

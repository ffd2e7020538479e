import { configMaps, type KubeObject, namespaces } from '../../src/kube/resource.ts';
import { numbered } from './site.ts';
import type { Stage } from './stage.ts';
import { inParallel } from './statistics.ts';

interface Cost {
  readonly seconds: number;
  /** Of this process alone: TLS, HTTP and JSON of one side. */
  readonly cpuSeconds: number;
}

/** Deletions with preconditions, beside creations of the same objects over the same transport. */
export interface Deletions {
  readonly objects: number;
  readonly creations: Cost;
  readonly deletions: Cost;
}

const CONCURRENCY = 8;

const costOf = async (work: () => Promise<void>): Promise<Cost> => {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begun) / 1000, cpuSeconds: (user + system) / 1e6 };
};

export const measureDeletions = async ({ kube }: Stage, objects: number): Promise<Deletions> => {
  const namespace = 'bench-deletions';
  await kube.create(namespaces, undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const made: KubeObject[] = [];
  const names = numbered('d', objects);
  const creations = await costOf(() =>
    inParallel(objects, CONCURRENCY, async (index) => {
      const metadata = { name: names[index] ?? '', namespace };
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
      made.push(await kube.create<KubeObject>(configMaps, namespace, body));
    }),
  );
  const deletions = await costOf(() =>
    inParallel(objects, CONCURRENCY, async (index) => {
      const { name = '', uid = '', resourceVersion = '' } = made[index]?.metadata ?? {};
      await kube.delete(configMaps, { namespace, name }, { uid, resourceVersion });
    }),
  );
  return { objects, creations, deletions };
};

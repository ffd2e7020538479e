import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../../src/kube/client.ts';
import { namespaces, secrets } from '../../src/kube/resource.ts';
import { inParallel } from './statistics.ts';

const BYTES = 20 * 1024;
const NAMESPACE = 'bench-foreign';

/** Secrets that are none of the operator's business, in a namespace of their own. */
export const makeForeignSecrets = async (kube: KubeClient, count: number): Promise<void> => {
  const namespace = NAMESPACE;
  const metadata = { name: namespace };
  await kube.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata });
  await inParallel(count, 16, (index) =>
    kube.create(secrets, namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `foreign-${index}`, namespace },
      data: { blob: randomBytes(BYTES).toString('base64') },
    }),
  );
};

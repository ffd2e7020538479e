import { namespaces, secrets } from '../../../src/kube/resource.ts';
import type { ProcessScenario } from './process-campaign.ts';
import { leading } from './site.ts';

const noFlags = async (): Promise<readonly string[]> => [];

export const processScenarios: readonly ProcessScenario[] = [
  {
    name: 'restart over healthy objects',
    objects: 3,
    starts: true,
    chained: true,
    flags: noFlags,
    act: async () => {},
  },
  {
    // Each time in a namespace of its own, where no lease and no integrity key is.
    name: 'first start',
    objects: 0,
    starts: true,
    flags: async ({ world }, nth) => {
      const nameOf = (one: number): string => `${world.operatorNamespace}-${one}`;
      if (nth > 1) await world.kube.delete(namespaces, { name: nameOf(nth - 1) });
      const name = nameOf(nth);
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await world.kube.create(namespaces, undefined, namespace);
      // The lease of a dead process ends sooner than it would for the other scenarios.
      return [...leading, `--namespace=${name}`, '--time-scale=20'];
    },
    act: async () => {},
  },
  {
    name: 'provider credential changed',
    objects: 3,
    starts: false,
    flags: noFlags,
    act: async ({ world }) => {
      world.upstream.rotateManagement();
      await world.kube.mergePatch(secrets, world.ref('stytch-management'), {
        stringData: { secret: world.upstream.managementSecret() },
      });
    },
  },
];

import { afterAll, beforeAll, inject } from 'vitest';
import { annotations } from '../../src/api/group.ts';
import {
  daemonSets,
  deployments,
  statefulSets,
  type KubeObject,
  type Resource,
} from '../../src/kube/resource.ts';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';
import { KWOK_STARTS_WITHIN_MS, type Kwok, startKwok } from '../kwok/kwok.ts';
import { Nodes, onNodesOf } from './nodes.ts';
import type { OperatorProcess } from './operator-process.ts';
import { isWrite, type KubeCall } from './recording-proxy.ts';
import { ownClient } from './any-world.ts';
import { until } from './until.ts';
import { StytchUpstream } from './upstreams/stytch.ts';
import type { Upstream } from './upstreams/upstream.ts';
import { Watched } from './watched.ts';
import type { World } from './world.ts';

interface Workload extends KubeObject {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } };
  };
  readonly status?: { readonly availableReplicas?: number; readonly numberAvailable?: number };
}

export const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const PODS = 2;
const kinds: readonly string[] = [deployments, statefulSets, daemonSets].map(({ plural }) => plural);

/** A world with nodes, whose operator is watched at what it does to workloads. */
export class Rollouts<U extends Upstream = StytchUpstream> implements AsyncDisposable {
  readonly watched: Watched<U>;
  readonly nodes: Nodes;

  constructor(watched: Watched<U>, nodes: Nodes) {
    this.watched = watched;
    this.nodes = nodes;
  }

  get world(): World<U> {
    return this.watched.world;
  }

  operator(): OperatorProcess {
    return this.watched.operator();
  }

  /** A workload with two pods that have the Secret in their environment; a DaemonSet has one for each node. */
  async workload(
    resource: Resource,
    name: string,
    { secret = 'billing', template = {}, ...spec }: { secret?: string; template?: object } & object = {},
  ): Promise<void> {
    const { namespace } = this.world;
    const labels = { app: name };
    const containers = [{ name: 'main', image: 'none', envFrom: [{ secretRef: { name: secret } }] }];
    await this.world.kube.create(resource, namespace, {
      apiVersion: 'apps/v1',
      kind: resource.kind,
      metadata: { name, namespace, labels },
      spec: {
        ...(resource !== daemonSets && { replicas: PODS }),
        selector: { matchLabels: labels },
        template: { metadata: { labels, ...template }, spec: { ...onNodesOf(namespace), containers } },
        ...spec,
      },
    });
  }

  get(resource: Resource, name: string): Promise<Workload> {
    return this.world.kube.get<Workload>(resource, this.world.ref(name));
  }

  async isUp(resource: Resource, name: string): Promise<void> {
    await until(`${name} is up`, async () => {
      const { status } = await this.get(resource, name);
      return (status?.availableReplicas ?? status?.numberAvailable) === PODS;
    });
  }

  /** For which version of the MachineClient's Secret its pods were last restarted. */
  async versionOn(resource: Resource, name: string, machineClient = 'billing'): Promise<string | undefined> {
    const { spec } = await this.get(resource, name);
    return spec.template.metadata.annotations?.[`secret-version.machine-client.dev/${machineClient}`];
  }

  async generationOf(resource: Resource, name: string): Promise<number | undefined> {
    return (await this.get(resource, name)).metadata.generation;
  }

  /** The MachineClient `billing` with an overlap that has passed at once, and its first credential. */
  async billing(restart: object): Promise<string> {
    await this.world.client('billing', { rotation: { overlap: '1s' }, restart });
    await this.world.ready('billing');
    return (await this.world.credential('billing')).clientSecret;
  }

  /** Asks for a new credential. */
  async rotate(name = 'billing'): Promise<void> {
    await this.world.patch(name, { metadata: { annotations: { [annotations.rotateRequested]: 'one' } } });
  }

  /** The operator looks at everything once more, and says that it has. */
  async looksAgain(token: string): Promise<void> {
    await this.world.patch('billing', {
      metadata: { annotations: { [annotations.reconcileRequested]: token } },
    });
    await until(
      'another look',
      async () => (await this.world.get('billing')).status?.['lastHandledReconcileRequest'] === token,
    );
  }

  /** What the provider still takes as the old one. */
  get oldCredential(): string | undefined {
    return ownClient(this.world, 'billing').credentials[0]?.value;
  }

  /** Every write of the operator to a workload so far. */
  get restarts(): readonly KubeCall[] {
    return this.watched.proxy.calls().filter((call) => isWrite(call) && kinds.includes(call.resource));
  }

  /** As `PATCH deployments named`: two of one workload are two entries. */
  get restarted(): readonly string[] {
    return this.restarts.map(({ method, resource, name }) => `${method} ${resource} ${name}`).toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nodes first: with a kubelet that is gone, pods hold up the end of their namespace.
    await this.nodes[Symbol.asyncDispose]();
    await this.watched[Symbol.asyncDispose]();
  }
}

/** For a test file, or a group of tests: one kwok from the first to the last. Gives what makes the world of one test. */
export const withKwokOver = <U extends Upstream>(start: () => Promise<U>): (() => Promise<Rollouts<U>>) => {
  let admin: AdminClient;
  let kwok: Kwok | undefined;
  beforeAll(async () => {
    admin = adminClient(inject('kubeconfig'));
    kwok = await startKwok(inject('kubeconfig'));
  }, KWOK_STARTS_WITHIN_MS);
  afterAll(async () => {
    await kwok?.[Symbol.asyncDispose]();
    await admin[Symbol.asyncDispose]();
  });
  return async () => {
    if (!kwok) throw new Error('kwok runs from beforeAll on');
    const watched = await Watched.over(inject('kubeconfig'), await start());
    return new Rollouts(watched, await Nodes.make(admin, kwok, watched.world.namespace));
  };
};

/** The same with Stytch. */
export const withKwok = (): (() => Promise<Rollouts>) => withKwokOver(() => StytchUpstream.start());

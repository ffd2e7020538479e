import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '../control-plane/admin-client.ts';
import type { Kwok } from '../kwok/kwok.ts';
import { until } from './until.ts';

interface PodWire {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly affinity?: {
      readonly nodeAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: {
          readonly nodeSelectorTerms: readonly {
            readonly matchFields?: readonly { readonly key: string; readonly values?: readonly string[] }[];
          }[];
        };
      };
    };
  };
}

interface NodeWire {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const EVERY_MS = 100;
const LABEL = 'tests.machine-client.dev/namespace';

/** What a pod template needs to come to the nodes of its namespace, and only there: by us, also in a real cluster. */
export const onNodesOf = (namespace: string) => ({
  schedulerName: 'tests.machine-client.dev',
  nodeSelector: { [LABEL]: namespace },
});

/** The controller of DaemonSets says by name for which node it has made a pod. */
const chosenNode = ({ spec }: PodWire): string | undefined =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key }) => key === 'metadata.name')?.values?.[0];

/**
 * Two nodes for the pods of one namespace, and the scheduler that puts them there. kwok is their kubelet: a pod with a
 * node is Ready at once, and one that is deleted is gone at once. The controllers that count them are the real ones.
 */
export class Nodes implements AsyncDisposable {
  readonly #admin: AdminClient;
  readonly #namespace: string;
  readonly #names: readonly string[];
  readonly #stop = new AbortController();
  readonly #scheduling: Promise<void>;
  /** Pods that fail this get no node and stay Pending, as in a cluster that is full. */
  mayStart: (pod: PodWire) => boolean = () => true;

  constructor(admin: AdminClient, namespace: string, names: readonly string[]) {
    this.#admin = admin;
    this.#namespace = namespace;
    this.#names = names;
    this.#scheduling = this.#schedule();
  }

  /** Resolves when kwok has made the nodes Ready. */
  static async make(admin: AdminClient, kwok: Kwok, namespace: string): Promise<Nodes> {
    const names = [`${namespace}-a`, `${namespace}-b`];
    for (const name of names) {
      const labels = { ...kwok.nodeLabels, [LABEL]: namespace, 'kubernetes.io/hostname': name };
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
      const { status } = await admin.call('POST', '/api/v1/nodes', node);
      if (status !== 201) throw new Error(`the node ${name} was refused with ${status}`);
    }
    const isReady = async (name: string): Promise<boolean> => {
      const { status } = (await admin.call('GET', `/api/v1/nodes/${name}`)).body as NodeWire;
      return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    };
    const ready = until('the nodes are Ready', async () =>
      (await Promise.all(names.map(isReady))).every(Boolean),
    );
    await Promise.race([ready, kwok.died]);
    return new Nodes(admin, namespace, names);
  }

  async #schedule(): Promise<void> {
    const { signal } = this.#stop;
    const pods = `/api/v1/namespaces/${this.#namespace}/pods`;
    for (let bound = 0; !signal.aborted; ) {
      const answer = await this.#admin.call('GET', `${pods}?fieldSelector=spec.nodeName%3D`);
      const { items = [] } = answer.body as { items?: readonly PodWire[] };
      for (const pod of items.filter((each) => this.mayStart(each))) {
        const name = chosenNode(pod) ?? this.#names[bound++ % this.#names.length];
        // It may be deleted by now: then the answer is 404, and the next look does not show it.
        await this.#admin.call('POST', `${pods}/${pod.metadata.name}/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: pod.metadata.name },
          target: { apiVersion: 'v1', kind: 'Node', name },
        });
      }
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#scheduling;
    // Without a kubelet they would hold up the end of the namespace for ever. Those that are made again get no node.
    await this.#admin.call('DELETE', `/api/v1/namespaces/${this.#namespace}/pods?gracePeriodSeconds=0`);
    for (const name of this.#names) await this.#admin.call('DELETE', `/api/v1/nodes/${name}`);
  }
}

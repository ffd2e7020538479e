import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '../control-plane/admin-client.ts';

interface PodWire {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string };
}

const EVERY_MS = 100;

/**
 * What a kubelet does for a workload's rollout, without running anything: pods become Ready, and pods that are being
 * deleted go. The controllers that count them are the real ones.
 */
export class Kubelet implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Pods that fail this never become Ready. */
  mayStart: (pod: PodWire) => boolean = () => true;

  constructor(admin: AdminClient, namespace: string) {
    this.#running = this.#run(admin, `/api/v1/namespaces/${namespace}/pods`);
  }

  async #run(admin: AdminClient, pods: string): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { items = [] } = (await admin.call('GET', pods)).body as { items?: readonly PodWire[] };
      for (const pod of items) {
        const path = `${pods}/${pod.metadata.name}`;
        if (pod.metadata.deletionTimestamp !== undefined)
          await admin.call('DELETE', `${path}?gracePeriodSeconds=0`);
        else if (pod.status?.phase !== 'Running' && this.mayStart(pod))
          await admin.call('PATCH', `${path}/status`, {
            status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
          });
      }
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

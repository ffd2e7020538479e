import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import type { ObjectRef } from '../../src/kube/resource.ts';
import { askToken, type Credential, readCredential } from './token.ts';

const EVERY_MS = 100;

/**
 * Two workloads that never stop asking for tokens: one reads the Secret each time, the other one has read it long ago
 * and reads it again only now and then, as a pod does that has its credential in the environment.
 */
export class Prober implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  tokens = 0;
  refused = 0;

  constructor(kube: KubeClient, ref: ObjectRef, rereadMs: number, signal: AbortSignal) {
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    this.#running = this.#run(kube, ref, rereadMs, stop);
    // It is heard when it is disposed.
    this.#running.catch(() => {});
  }

  get counted(): string {
    return `${this.tokens} tokens taken, ${this.refused} refused`;
  }

  async #run(kube: KubeClient, ref: ObjectRef, rereadMs: number, signal: AbortSignal): Promise<void> {
    let held: Credential | undefined;
    let readAt = 0;
    while (!signal.aborted) {
      const fresh = await readCredential(kube, ref, signal);
      if (!held || performance.now() - readAt > rereadMs) [held, readAt] = [fresh, performance.now()];
      for (const credential of [fresh, held]) {
        const answer = await askToken(credential, signal);
        if (answer.given) this.tokens++;
        else this.refused++;
      }
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running.catch(() => {});
  }
}

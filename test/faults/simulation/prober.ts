import type { Findings } from './findings.ts';
import { HAND_MS } from './gate-check.ts';
import type { Kill, Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';
import type { Published } from './truth.ts';

/** A Secret that arrives later than this after it was sent comes too late for its overlap, too. */
const SETTLE_MS = 20_000;

/** One that has read a Secret. */
export interface Reading {
  /** Of the MachineClient. */
  readonly key: string;
  readonly clientId: string;
  readonly value: string;
}

interface Pod extends Reading {
  readonly name: string;
  /** Uid. */
  readonly workload: string;
}

/**
 * Everybody who holds a credential, asked again whenever the provider accepts another set of them, so that no refusal is
 * missed between two asks:
 *
 *   a pod      read the Secret when it started, and keeps that until it is replaced
 *   a reader   reads the Secret once in each overlap; the slowest did so the moment before the Secret changed
 */
export class Prober {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  readonly #pods = new Map<string, Pod>();
  /** What was in a Secret, and since when it is not any more. */
  readonly #former = new Map<string, Reading & { readonly left: number }>();

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  podStarted(name: string, workload: string, { owner, clientId, value }: Published): void {
    this.#pods.set(name, { name, workload, key: owner, clientId, value });
  }

  podEnded(name: string): void {
    this.#pods.delete(name);
  }

  /** The object is gone, and what it had promised. */
  forget(key: string): void {
    for (const [name, pod] of this.#pods) if (pod.key === key) this.#pods.delete(name);
    for (const [value, former] of this.#former) if (former.key === key) this.#former.delete(value);
  }

  /** What a Secret held is not in any Secret of the object any more, or there again. */
  secretChanged(before: Published | undefined, now: Published | undefined): void {
    if (now) this.#former.delete(now.value);
    if (!before || before.value === now?.value) return;
    const { owner: key, clientId, value } = before;
    if (this.#scene.secretsOf(key).some((one) => one.value === value)) return;
    this.#former.set(value, { key, clientId, value, left: this.#scene.now });
  }

  /** The provider accepts another set of credentials of this client. */
  ask(clientId: string, killed: readonly string[], kill: Kill): void {
    for (const pod of this.#pods.values()) {
      if (pod.clientId !== clientId || !this.#asked(pod, killed)) continue;
      this.#pods.delete(pod.name);
      this.#refused(pod.key, kill, `the pod ${pod.name}`, () => this.#ofPod(pod, kill));
    }
    for (const former of this.#former.values()) {
      if (former.clientId !== clientId || !this.#asked(former, killed)) continue;
      this.#former.delete(former.value);
      this.#refused(former.key, kill, `a reader of the Secret of ${former.key}`, () =>
        this.#ofReader(former, kill),
      );
    }
  }

  /** Counts one ask. True: it worked before, and is refused now. */
  #asked({ clientId, value }: Reading, killed: readonly string[]): boolean {
    const refused = killed.includes(value);
    if (refused || this.#scene.upstream.accepts(clientId, value)) this.#findings.count('asks');
    return refused;
  }

  #refused(key: string, { actor, letter, fence }: Kill, who: string, why: () => string | undefined): void {
    const object = this.#scene.machineClient(key);
    if (!object || object.metadata.deletionTimestamp !== undefined) return;
    // The Secret does not work by a hand: what is in it must be made anew first.
    const hand = fence && !fence.secret && this.#ledger.hands.has(key) ? 'hand' : undefined;
    const promised = (): string | undefined =>
      (fence?.revoked === true ? 'revoked' : why()) ??
      hand ??
      letter ??
      (this.#ledger.restored ? 'g' : undefined);
    const apart = actor === 'console' ? 'console' : promised();
    // To whom nothing was promised, a limit of the protocol did nothing.
    if (apart === undefined) this.#findings.violation('I4', `${actor} cuts off ${who}`);
    else if (apart !== '') this.#findings.count(`refused: ${apart}`);
  }

  /** A pod of which the object knows keeps its credential for as long as it takes. */
  #ofPod({ workload }: Pod, { fence }: Kill): string | undefined {
    if (!fence) return undefined;
    if (!fence.named.has(workload)) return 'unnamed';
    const hand = this.#ledger.workloadHands.get(workload) ?? Number.NEGATIVE_INFINITY;
    return fence.at - hand < HAND_MS ? 'hand' : undefined;
  }

  /** After one overlap it has read the Secret again; the empty text: it was not holding it any more. */
  #ofReader({ left }: { readonly left: number }, { fence }: Kill): string | undefined {
    if (!fence) return undefined;
    const { at, ahead, overlap, secret } = fence;
    const missing = overlap - (at - left);
    if (missing <= 0) return '';
    // By its own clock it has waited: that was set meanwhile, or the Secret was on its way for longer than is allowed for.
    if (!secret || at + ahead - secret.publishedAt < overlap) return undefined;
    if (this.#ledger.clockSet) return 'clock';
    const arrived = this.#ledger.arrived.get(secret.operation) ?? 0;
    return arrived - secret.publishedAt > SETTLE_MS ? 'late' : undefined;
  }
}

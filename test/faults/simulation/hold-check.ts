import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Actor, Scene } from './scene.ts';
import { keyOf, type Stored } from './truth.ts';

/** As docs/decisions/027 says. */
const most = (known: number): number => Math.max(10, known * 0.2);
/** What is marked together is watched for five seconds: what is not seen by then is not counted. */
const SEEN_MS = 4_000;

/**
 * `massDeletionPolicy: Hold`. Of objects that are marked at one moment, more than max(10, 20 %) of all, no client is
 * removed or let go and no Secret is deleted before a person has confirmed; and the provider's status asks for that.
 */
export class HoldCheck {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  /** Uids. */
  #held = new Set<string>();
  #excused = false;

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  /** `marked`: what is being deleted since this moment, of `known` objects. */
  begins(marked: readonly Stored[], known: number): void {
    if (marked.length <= most(known)) return;
    this.#findings.count('met: mass deletion');
    for (const { metadata } of marked) this.#held.add(metadata.uid);
    this.#excused = this.#scene.watchLagMs > SEEN_MS;
  }

  /** A person has confirmed. */
  confirmed(): void {
    this.#held.clear();
  }

  /** Still there, and held. */
  isHeld(object: Stored | undefined): boolean {
    return (
      object?.metadata.deletionTimestamp !== undefined &&
      !this.#excused &&
      this.#held.has(object.metadata.uid)
    );
  }

  /** Something of this object is gone: its client, or its Secret. */
  removed(key: string, what: string, by: Actor): void {
    if (this.#held.size === 0) return;
    // Counted late, part of them is taken for a few.
    this.#excused ||= this.#scene.watchLagMs > SEEN_MS;
    if (this.isHeld(this.#scene.machineClient(key)))
      this.#findings.excusable(
        this.#ledger.excuse(by),
        'hold',
        `${by} removes the ${what} of ${key}, though nobody has confirmed`,
      );
  }

  /** With nothing wrong any more. */
  mustAsk(objects: readonly Stored[], asks: boolean): void {
    const held = objects.filter((object) => this.isHeld(object)).map(keyOf);
    if (held.length === 0) return;
    this.#findings.count('holds that must be shown');
    if (!asks)
      this.#findings.violation('hold', `${held.length} deletions are held, and the provider does not say so`);
  }
}

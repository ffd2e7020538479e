import type { Fence } from './fences.ts';
import type { Findings } from './findings.ts';
import type { Scene } from './scene.ts';
import { fencedAs } from './upstream-call.ts';

/** The first call behind a slow fence may stay, and one more for what is not known of here. */
const MOST = 3;

/** Where writes to the API server are slow, and nothing else is wrong, calls leave all the same (docs/decisions/033). */
export class PaceCheck {
  readonly #scene: Scene;
  readonly #findings: Findings;
  /** Fences in a row behind which no call has left: by process and object. */
  readonly #unsent = new Map<string, number>();

  constructor(scene: Scene, findings: Findings) {
    this.#scene = scene;
    this.#findings = findings;
  }

  committed(key: string, { by, operation }: Fence): void {
    const one = `${by} ${key}`;
    if (!this.#scene.onlySlow) this.#unsent.clear();
    else if (fencedAs(operation) !== undefined) this.#unsent.set(one, (this.#unsent.get(one) ?? 0) + 1);
    if (this.#unsent.get(one) === MOST + 1)
      this.#findings.violation('pace', `${by} has fenced ${key} ${MOST} times in vain, for writes are slow`);
  }

  left(key: string, { by }: Fence): void {
    if (this.#scene.onlySlow) this.#findings.count('calls behind slow fences');
    this.#unsent.delete(`${by} ${key}`);
  }
}

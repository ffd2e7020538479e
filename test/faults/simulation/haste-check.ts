import type { Findings } from './findings.ts';
import type { Scene } from './scene.ts';

const WINDOW_MS = 10_000;
/** A rotation with all that belongs to it takes about five looks, and one that is disturbed a few more. */
const MOST = 30;

/** One object does not use up what its account may be asked: no process looks at one client again and again. */
export class HasteCheck {
  readonly #scene: Scene;
  readonly #findings: Findings;
  /** Times of the looks within the window, by process and client. */
  readonly #looks = new Map<string, number[]>();

  constructor(scene: Scene, findings: Findings) {
    this.#scene = scene;
    this.#findings = findings;
  }

  looked(by: string, clientId: string): void {
    const { now } = this.#scene;
    const one = `${by} ${clientId}`;
    const recent = (this.#looks.get(one) ?? []).filter((at) => at > now - WINDOW_MS);
    recent.push(now);
    this.#looks.set(one, recent);
    if (recent.length === MOST + 1)
      this.#findings.violation(
        'pace',
        `${by} has looked at ${clientId} more than ${MOST} times within ${WINDOW_MS / 1_000} s`,
      );
  }
}

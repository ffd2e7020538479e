import type { WireRequest } from './exchange.ts';
import type { Findings, Letter } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';

/** How a limit is said: when it took what was published, or what may have been. */
const reasonOf: Partial<Record<Letter, readonly string[]>> = {
  a: ['RotationDisturbed'],
  b: ['RotationDisturbed'],
  c: ['OpenRotationCancelled'],
};

interface Owed {
  readonly key: string;
  readonly letter: Letter;
  readonly since: number;
}

/** A limit that cost a published credential is said in an event. */
export class Reports {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  readonly #owed: Owed[] = [];
  readonly #said: { readonly name: string; readonly reason: string; readonly at: number }[] = [];
  /** The last end of any process: what it had not sent yet is lost with it. */
  #ended = Number.NEGATIVE_INFINITY;

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  owe(letter: Letter | undefined, key: string): void {
    if (letter !== undefined && reasonOf[letter]) this.#owed.push({ key, letter, since: this.#scene.now });
  }

  processEnded(): void {
    this.#ended = this.#scene.now;
  }

  left({ method, path, body }: WireRequest): void {
    if (method !== 'POST' || !path.includes('/events') || body === undefined) return;
    const { reason, regarding } = JSON.parse(body) as { reason: string; regarding?: { name?: string } };
    this.#said.push({ name: regarding?.name ?? '', reason, at: this.#scene.now });
  }

  /** When all is at rest. */
  settle(): void {
    for (const { key, letter, since } of this.#owed) {
      const name = key.slice(key.indexOf('/') + 1);
      const wanted = reasonOf[letter] ?? [];
      if (this.#said.some((one) => one.name === name && one.at >= since && wanted.includes(one.reason))) {
        this.#findings.count(`${letter} said`);
        continue;
      }
      // An event is for people, and best effort: one that was not sent before its process died is not sent again. Nor
      // is it said of what went, or what a person changed once more before anybody looked.
      const touched = [
        this.#ledger.hands.get(key),
        this.#ledger.gone.get(key),
        this.#ended,
        this.#consoleOf(key),
      ];
      if (touched.some((at) => at !== undefined && at >= since)) this.#findings.count(`${letter} overtaken`);
      else
        this.#findings.violation(
          'report',
          `limit ${letter} met ${key} at ${(since / 1000).toFixed(3)} s, and no ${wanted.join(' or ')} was said`,
        );
    }
  }

  #consoleOf(key: string): number | undefined {
    const acts = [...this.#ledger.console].filter(([id]) => this.#ledger.owners.get(id) === key);
    return acts.length === 0 ? undefined : Math.max(...acts.map(([, at]) => at));
  }
}

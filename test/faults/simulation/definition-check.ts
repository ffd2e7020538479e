import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { Fence } from './fences.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Actor, Scene } from './scene.ts';
import { keyOf, mainOf, type Published } from './truth.ts';

/**
 * What goes with its definition is let go (docs/decisions/026), and exactly this is wrong:
 *
 *   a fence            on an object that the definition has marked: whatever it stands for, nobody asked for it
 *   a Secret that goes by an operator, of an object that went so and is not back
 *   an orphan removed  of an object that went so and is not back, while its Secret is there
 *   another credential in the Secret when the object is Ready again, but for what people did and plans demand, which
 *                      others judge (`planned.ts`, and I1 where a client is made again)
 */
export class Definitions {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  /** Uids that the deletion of the definition has marked. */
  readonly #marked = new Set<string>();
  /** What went so, and is not back, with what its Secret held. */
  readonly #gone = new Map<string, Published | undefined>();
  #marking = false;

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  begins(): void {
    this.#findings.count('met: definition');
  }

  /** What is marked by that is marked by the definition. */
  marking<T>(work: () => T): T {
    this.#marking = true;
    try {
      return work();
    } finally {
      this.#marking = false;
    }
  }

  objectMarked(object: RawObject): void {
    if (!this.#marking) return;
    const key = keyOf(object);
    this.#marked.add(object.metadata.uid);
    this.#gone.set(key, mainOf(object as never, this.#scene.secretsOf(key)));
    this.#findings.count('went with the definition');
  }

  /** etcd was put back: what it does not show as marked was not, and what is there is not missing. */
  restored(objects: readonly RawObject[]): void {
    for (const object of objects) {
      if (object.metadata.deletionTimestamp === undefined) this.#marked.delete(object.metadata.uid);
      this.#gone.delete(keyOf(object));
    }
  }

  /** The object went with its definition: what it has promised holds until it is back. */
  isLetGo(object: RawObject): boolean {
    return this.#marked.has(object.metadata.uid);
  }

  objectAdded(key: string): void {
    if (!this.#gone.delete(key)) return;
    this.#findings.count('came back with the definition');
  }

  /** Its object went with a definition, and nobody has made it again. */
  isMissing(key: string): boolean {
    return this.#gone.has(key);
  }

  fenced(key: string, object: RawObject, { by, operation }: Fence): void {
    if (this.#marked.has(object.metadata.uid))
      this.#complain(by, `${by} fences a ${operation.kind} for ${key}, which goes with its definition`);
  }

  secretDeleted(owner: string, by: Actor): void {
    if (this.#gone.has(owner))
      this.#complain(by, `${by} deletes the Secret of ${owner}, which went with its definition`);
  }

  /** A client without object is removed. */
  orphanRemoved(key: string, by: Actor): void {
    if (!this.#gone.has(key)) return;
    // Whatever its clock says: the API server's own says when the object was made.
    if (this.#scene.secretsOf(key).some(({ labelled }) => labelled))
      this.#complain(by, `${by} removes the client of ${key}, which went with its definition`);
  }

  #complain(by: Actor, text: string): void {
    this.#findings.excusable(this.#ledger.excuse(by), 'definition', text);
  }
}

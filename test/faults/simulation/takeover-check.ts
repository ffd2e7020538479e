import { annotations } from '../../../src/api/group.ts';
import type { Fence } from './fences.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import { isRival } from './rival.ts';
import type { Actor, Scene } from './scene.ts';
import { clientsOf, condition, type Stored } from './truth.ts';
import type { TrueClient } from './upstreams/upstream.ts';

/** An answer this short before a fence came too late for it; and reads may show for so long what was before. */
const LATE_MS = 45_000;

interface Known {
  /** The client bore the uid of the process's own object. */
  own: boolean;
  /** World time at which it was first shown with another one after that. */
  lost: number | undefined;
}

/**
 * Two clusters with one installation id (docs/decisions/032), and one client that both take for their own. Of each
 * process of either side, for the uid of its own object:
 *
 *   it knows           when it was shown the client with that uid; or the client was made under it, where ids are derived
 *   it has lost it     when it was shown the client with another uid after that
 *   then               no fence of it is committed on the object before a person asks for a look there
 *   and at rest        the object says Stalled, ManagedByAnother
 *
 * So neither undoes the other's work for ever, whoever comes first: whoever is restarted and cannot know takes the client
 * back at most once.
 */
export class TakeoverCheck {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  /** By process, client and uid. */
  readonly #known = new Map<string, Known>();
  /** The uid under which a client was made. */
  readonly #made = new Map<string, string>();
  readonly #met = new Set<string>();

  constructor(scene: Scene, ledger: Ledger, findings: Findings) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
  }

  /** A client came to be by this process. */
  created(client: TrueClient): void {
    const { clientId, mark } = client;
    if (mark?.uid === undefined) return;
    this.#made.set(clientId, mark.uid);
    const sides = [this.#scene.machineClient(mark.owner), this.#scene.rivalOf(mark.owner)];
    const uids = new Set(clientsOf(this.#scene.upstream, mark.owner).map((one) => one.mark?.uid));
    if (sides.every((side) => side !== undefined && uids.has(side.metadata.uid)))
      this.#findings.count('two clusters made a client each');
  }

  /** It was answered with this client, alone or in a list, or has written it. */
  shown(by: Actor, { clientId, mark }: TrueClient): void {
    if (!mark || mark.released) return;
    const uid = this.#objectOf(by, mark.owner)?.metadata.uid;
    if (uid === undefined || mark.uid === undefined) return;
    const key = `${by} ${clientId} ${uid}`;
    const known = this.#known.get(key) ?? { own: this.#isDerived(clientId, uid), lost: undefined };
    this.#known.set(key, known);
    if (mark.uid === uid) {
      known.own = true;
      known.lost = undefined;
    } else if (known.own && known.lost === undefined && this.#isOthers(by, mark.owner, mark.uid)) {
      known.lost = this.#scene.now;
      if (this.#met.has(clientId)) return;
      this.#met.add(clientId);
      this.#findings.count('met: rival');
    }
  }

  fenced(object: Stored, key: string, { by, operation }: Fence): void {
    if (this.#met.size === 0 || asksForALook(object)) return;
    const lost = this.#lost(by, key, object.metadata.uid);
    if (lost !== undefined && this.#scene.now - lost > LATE_MS)
      this.#findings.excusable(
        this.#ledger.excuse(by),
        'takeover',
        `${by} fences a ${operation.kind} for ${key}, whose client another cluster has taken over`,
      );
  }

  /** With nothing wrong any more, and both sides there. */
  mustSay(by: Actor, objects: readonly Stored[], keyOf: (object: Stored) => string): void {
    for (const object of objects) {
      const key = keyOf(object);
      const { spec, metadata } = object;
      if (spec.suspend === true || metadata.deletionTimestamp !== undefined || asksForALook(object)) continue;
      const lost = this.#lost(by, key, metadata.uid);
      // It may have been shown it just now, and not have said anything yet.
      if (lost === undefined || this.#scene.now - lost < LATE_MS) continue;
      this.#findings.count('takeovers that must be said');
      const stalled = condition(object, 'Stalled');
      if (stalled?.status !== 'True')
        this.#findings.violation('takeover', `${key} of ${by} is taken over, and says ${stalled?.reason}`);
    }
  }

  #lost(by: Actor, key: string, uid: string): number | undefined {
    const clients = this.#scene.upstream
      .clients()
      .filter(({ mark }) => mark?.owner === key && !mark.released && mark.uid !== uid);
    const times = clients.flatMap(({ clientId }) => this.#known.get(`${by} ${clientId} ${uid}`)?.lost ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Where the caller chooses the id, it tells under which uid it was made. */
  #isDerived(clientId: string, uid: string): boolean {
    return this.#scene.upstream.style === 'two-phase' && this.#made.get(clientId) === uid;
  }

  #objectOf(by: Actor, key: string): Stored | undefined {
    return isRival(by) ? this.#scene.rivalOf(key) : this.#scene.machineClient(key);
  }

  /** It is the uid of the object in the other cluster; not one that ours had before. */
  #isOthers(by: Actor, key: string, uid: string): boolean {
    const theirs = isRival(by) ? this.#scene.machineClient(key) : this.#scene.rivalOf(key);
    return theirs?.metadata.uid === uid;
  }
}

const asksForALook = ({ metadata, status }: Stored): boolean => {
  const asked = metadata.annotations?.[annotations.reconcileRequested];
  return asked !== undefined && asked !== status?.lastHandledReconcileRequest;
};

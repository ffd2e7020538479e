import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { Change } from './api-server/api.ts';
import type { Fences } from './fences.ts';
import type { Findings } from './findings.ts';
import { HAND_MS } from './gate-check.ts';
import type { Ledger } from './ledger.ts';
import type { Prober } from './prober.ts';
import { isMint } from './upstream-call.ts';
import { type Actor, outsiders, type Scene } from './scene.ts';
import { keyOf, publishedOf, type Published } from './truth.ts';

interface Parts {
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly prober: Prober;
  readonly fences: Fences;
  /** An operator has deleted the Secret of this object. */
  readonly deleted: (owner: string, by: Actor) => void;
}

/** What is written to Secrets works, is ours, and does not go while somebody needs it. */
export class Publications {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #findings: Findings;
  readonly #prober: Prober;
  readonly #fences: Fences;
  readonly #deleted: Parts['deleted'];

  constructor({ scene, ledger, findings, prober, fences, deleted }: Parts) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.#findings = findings;
    this.#prober = prober;
    this.#fences = fences;
    this.#deleted = deleted;
  }

  changed({ type, object, previous }: Change, actor: Actor): void {
    const { now } = this.#scene;
    const after = type === 'DELETED' ? undefined : publishedOf(object);
    const before = previous && publishedOf(previous);
    const key = after?.owner ?? before?.owner;
    const isOutsider = outsiders.includes(actor);
    if (isOutsider && key !== undefined) this.#ledger.hands.set(key, now);
    if (!isOutsider) {
      if (previous && !before && !after && !onlyFinalizers(previous, object))
        this.#findings.violation('I7', `${actor} changes the Secret ${keyOf(object)}, which is not ours`);
      if (previous && after && !before) this.#mayTakeOver(after, actor);
      if (after) this.#written(after, before, actor);
      else if (before && type === 'DELETED') {
        this.#deleted(before.owner, actor);
        this.#mayGo(before, actor);
      }
    }
    if (previous && before && after && before.value !== after.value)
      this.#ledger.replaced.set(after.owner, previous);
    this.#prober.secretChanged(before, after);
  }

  #written(after: Published, before: Published | undefined, actor: Actor): void {
    const { now } = this.#scene;
    const wall = this.#scene.wallClock(actor);
    // Its age counts from when it was sent.
    const sent = Math.min(wall, after.publishedAt);
    if (!this.#ledger.published.has(after.value))
      this.#ledger.published.set(after.value, {
        at: now,
        wall: sent,
        sentAt: now - (wall - sent),
        by: actor,
      });
    if (!this.#ledger.arrived.has(after.operation)) {
      this.#ledger.arrived.set(after.operation, wall);
      this.#ledger.arrivedAt.set(after.operation, now);
    }
    if (after.value === before?.value) return;
    this.#ledger.lastPublished.set(after.owner, after);
    this.#mustWork(after, actor);
    this.#mustBeProven(after, before, actor);
  }

  #mustWork(secret: Published, actor: Actor): void {
    const { upstream } = this.#scene;
    const { clientId, value } = secret;
    if (upstream.accepts(clientId, value)) return;
    const { killers } = this.#ledger;
    // A key pair that ends before any Secret has shown it is known to have ended by its public half alone.
    const killer = killers.get(value) ?? killers.get(upstream.unshown?.(clientId, value) ?? '');
    if (killer?.actor === 'console') return;
    const letter = killer?.letter ?? this.#ledger.excuse(actor);
    this.#findings.excusable(
      letter,
      'I3',
      `${actor} publishes a credential for ${secret.owner} that is dead`,
    );
  }

  /** Where an old credential works, a new one takes its place only when it works, too. */
  #mustBeProven(
    { owner, operation, clientId, credentialId }: Published,
    before: Published | undefined,
    actor: Actor,
  ): void {
    const { upstream } = this.#scene;
    if (upstream.style === 'ephemeral') return;
    // What was replaced in its place is dead already.
    if (upstream.style === 'staged' && before && !upstream.accepts(before.clientId, before.value)) return;
    const fence = this.#fences.all(owner).findLast((one) => one.operation.id === operation);
    if (!fence?.secret || !isMint(fence.operation) || !fence.verifies) return;
    if (!this.#ledger.proven.has(`${clientId} ${credentialId}`))
      this.#findings.excusable(
        this.#ledger.excuse(actor),
        'I3',
        `${actor} publishes a credential for ${owner} that was never proven, and its former one works`,
      );
  }

  /** A Secret that was nobody's of ours becomes an object's where a person has asked for it alone. */
  #mayTakeOver({ owner, name }: Published, actor: Actor): void {
    const spec = this.#scene.machineClient(owner)?.spec;
    if (spec?.adoptionPolicy === 'Existing' || spec?.secret?.creationPolicy === 'Merge') return;
    this.#findings.excusable(
      this.#ledger.excuse(actor),
      'I7',
      `${actor} takes over the Secret ${name}, and ${owner} does not ask for it`,
    );
  }

  #mayGo(secret: Published, actor: Actor): void {
    const owner = this.#scene.machineClient(secret.owner);
    if (!owner || owner.metadata.deletionTimestamp !== undefined) return;
    // A person has deleted the other one, when it was decided already that this one is not needed any more.
    if (this.#scene.now - (this.#ledger.hands.get(secret.owner) ?? Number.NEGATIVE_INFINITY) < HAND_MS)
      return;
    const others = this.#scene.secretsOf(secret.owner).filter(({ uid }) => uid !== secret.uid);
    if (others.length === 0)
      this.#findings.excusable(
        this.#ledger.excuse(actor),
        'I3',
        `${actor} deletes the only Secret of ${secret.owner}, which lives`,
      );
  }
}

const onlyFinalizers = (a: RawObject, b: RawObject): boolean => {
  const rest = ({ metadata, ...others }: RawObject): string => {
    const { finalizers: _, resourceVersion: __, ...kept } = metadata as unknown as Record<string, unknown>;
    return JSON.stringify([kept, others]);
  };
  return rest(a) === rest(b);
};

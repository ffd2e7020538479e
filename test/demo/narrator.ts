import { findCondition } from '../../src/api/conditions.ts';
import { annotations } from '../../src/api/group.ts';
import type { MachineClient, Provider } from '../../src/api/objects.ts';
import { parseOperation } from '../../src/api/operation.ts';
import { metadataKey } from '../../src/providers/stytch/wire.ts';
import { maskSuffix } from '../../src/runtime/secret.ts';
import type { RequestRecord } from '../simulators/request-log.ts';
import type { StytchSimulator } from '../simulators/stytch/simulator.ts';
import type { Timeline } from './timeline.ts';
import type { Published, View } from './view.ts';

const POLL_MS = 25;

/** Operations of Stytch that change something, in words. */
const calls: Readonly<Record<string, string>> = {
  create: 'creates the client',
  update: 'changes the client',
  delete: 'deletes the client',
  rotateStart: 'adds a second secret to the client',
  rotate: 'drops the first secret: the second one is the only one now',
  rotateCancel: 'drops the second secret',
};

/** Tells what happens to the objects, from watches, and at the provider, from the simulator's log of requests. */
export class Narrator implements Disposable {
  readonly #timeline: Timeline;
  readonly #simulator: StytchSimulator;
  readonly #stack = new DisposableStack();
  /** Client id → name of its MachineClient. */
  readonly #owners = new Map<string, string>();
  /** By uid: the lines about objects that are not fenced yet. */
  readonly #created = new Map<string, { at: number }>();
  /** All requests up to this one are told; of the later ones, these. */
  #after = 0;
  readonly #told = new Set<number>();

  constructor(timeline: Timeline, view: View, simulator: StytchSimulator) {
    this.#timeline = timeline;
    this.#simulator = simulator;
    this.#stack.use(view.clients.subscribe((change) => this.#client(change.old, change.new)));
    this.#stack.use(view.secrets.subscribe((change) => this.#secret(change.old, change.new)));
    this.#stack.use(view.providers.subscribe((change) => change.new && this.#ready(change.old, change.new)));
    const timer = setInterval(() => this.#requests(), POLL_MS);
    this.#stack.defer(() => clearInterval(timer));
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #client(before: MachineClient | undefined, now: MachineClient | undefined): void {
    if (!now) {
      if (!before) return;
      this.#timeline.step(before.name, 'gone', 'the MachineClient');
      this.#created.delete(before.uid);
      return;
    }
    const { name, namespace } = now;
    if (!before)
      this.#created.set(now.uid, this.#timeline.step(name, 'created', `the MachineClient, in ${namespace}`));
    if (now.deleting && !before?.deleting)
      this.#timeline.step(name, 'deleted', 'the MachineClient waits for its end');

    const operation = parseOperation(now.annotations[annotations.operation]);
    const last = before && parseOperation(before.annotations[annotations.operation]);
    if (operation && operation.id !== last?.id) {
      const text = `"${operation.kind}" is noted on the object before Stytch is asked`;
      this.#timeline.step(name, 'fence', text, { at: operation.at });
      // The operator's watch can be faster than ours.
      const created = this.#created.get(now.uid);
      if (created) created.at = Math.min(created.at, operation.at - 1);
      this.#created.delete(now.uid);
    }
    this.#ready(before, now);
  }

  #ready(before: MachineClient | Provider | undefined, now: MachineClient | Provider): void {
    const ready = findCondition(now.status.conditions, 'Ready');
    const last = before && findCondition(before.status.conditions, 'Ready');
    if (!ready || (ready.status === last?.status && ready.reason === last.reason)) return;
    if (ready.status === 'True') this.#timeline.step(now.name, 'Ready', ready.message, { style: 'green' });
    else this.#timeline.step(now.name, 'not Ready', `${ready.reason}: ${ready.message}`, { style: 'yellow' });
  }

  #secret(before: Published | undefined, now: Published | undefined): void {
    if (!now) {
      if (before) this.#timeline.step(before.owner, 'Secret', `${before.name} is gone`);
      return;
    }
    if (before?.version === now.version) return;
    // What led to it may have happened in the same millisecond, and comes first.
    this.#requests();
    const text = `${now.name}, version ${now.version}, holds ${maskSuffix(now.credentialId)}`;
    this.#timeline.step(now.owner, 'Secret', text, { at: now.publishedAt });
  }

  #requests(): void {
    let isUnbroken = true;
    for (const record of this.#simulator.requests({ after: this.#after })) {
      const isDone = record.committed || record.durationMs !== null;
      if (isDone && !this.#told.has(record.seq)) this.#request(record);
      if (isDone) this.#told.add(record.seq);
      // What is still under way is looked at again, and so is all that came after it.
      isUnbroken &&= isDone;
      if (!isUnbroken) continue;
      this.#after = record.seq;
      this.#told.delete(record.seq);
    }
  }

  #request(record: RequestRecord): void {
    const { operation, clientId, committed, committedAt, at, fault, status } = record;
    const what = calls[operation];
    if (what === undefined) return;
    const owner = ownerOf(record);
    if (clientId !== null && owner !== undefined) this.#owners.set(clientId, owner);
    const subject = (clientId === null ? owner : this.#owners.get(clientId)) ?? clientId ?? 'stytch';
    const trouble = !committed
      ? `: refused, ${status ?? 'without an answer'}`
      : fault === null
        ? ''
        : `, but ${fault === 'hold-after' ? 'holds the answer back' : `fault ${fault}`}`;
    this.#timeline.step(subject, 'Stytch', `${what}${trouble}`, {
      at: committedAt ?? at,
      ...(trouble !== '' && { style: 'yellow' }),
    });
  }
}

/** The name of the MachineClient in the mark that a request body carries. */
const ownerOf = ({ body }: RequestRecord): string | undefined => {
  const metadata = (body as { trusted_metadata?: Record<string, unknown> } | null)?.trusted_metadata;
  const owner = (metadata?.[metadataKey] as { owner?: unknown } | undefined)?.owner;
  return typeof owner === 'string' ? owner.split('/')[2] : undefined;
};

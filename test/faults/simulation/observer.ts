import { isDeepStrictEqual } from 'node:util';
import { finalizers } from '../../../src/api/group.ts';
import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { Change } from './api-server/api.ts';
import { Births, isLate } from './births.ts';
import { Fences } from './fences.ts';
import { Definitions } from './definition-check.ts';
import type { Findings } from './findings.ts';
import { checkGate } from './gate-check.ts';
import { HasteCheck } from './haste-check.ts';
import { HoldCheck } from './hold-check.ts';
import { Judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import { planComplaint } from './planned.ts';
import { Prober } from './prober.ts';
import { Publications } from './publications.ts';
import { Reports } from './reports.ts';
import { Restarts } from './restarts.ts';
import { type Actor, outsiders, type Scene } from './scene.ts';
import { isRival } from './rival.ts';
import { TakeoverCheck } from './takeover-check.ts';
import {
  clientsOf,
  condition,
  isWorkload,
  keyOf,
  mainOf,
  operationOf,
  secretNameOf,
  type Stored,
  type StoredWorkload,
} from './truth.ts';
import { isMint, retires } from './upstream-call.ts';
import { isWrite, type TrueClient, type UpstreamCall } from './upstreams/upstream.ts';
import type { Sent } from './wire.ts';

/** Sees everything at the moment at which it happens, and says what must not have happened. */
export class Observer {
  readonly #scene: Scene;
  readonly #findings: Findings;
  readonly ledger = new Ledger();
  readonly births: Births;
  readonly #fences: Fences;
  readonly #judge: Judge;
  readonly #restarts: Restarts;
  readonly #haste: HasteCheck;
  readonly #publications: Publications;
  readonly prober: Prober;
  readonly reports: Reports;
  readonly definitions: Definitions;
  readonly hold: HoldCheck;
  readonly takeover: TakeoverCheck;
  /** World time from which on much was lost at once, until a person confirms. */
  massSince: number | undefined;

  constructor(scene: Scene, findings: Findings) {
    const { ledger } = this;
    this.#scene = scene;
    this.#findings = findings;
    this.births = new Births(ledger);
    this.#fences = new Fences(scene, ledger, findings);
    this.#restarts = new Restarts(findings);
    this.#haste = new HasteCheck(scene, findings);
    this.prober = new Prober(scene, ledger, findings);
    this.definitions = new Definitions(scene, ledger, findings);
    this.hold = new HoldCheck(scene, ledger, findings);
    this.takeover = new TakeoverCheck(scene, ledger, findings);
    const { definitions, hold } = this;
    this.#publications = new Publications({
      scene,
      ledger,
      findings,
      prober: this.prober,
      fences: this.#fences,
      deleted: (owner, by) => {
        definitions.secretDeleted(owner, by);
        hold.removed(owner, 'Secret', by);
      },
    });
    this.reports = new Reports(scene, ledger, findings);
    const { births, prober, reports } = this;
    this.#judge = new Judge({ scene, ledger, findings, fences: this.#fences, births, prober, reports, hold });
  }

  /** A person acts on the client, where that can be done. */
  consoleActed(clientId: string, act: () => void): void {
    const { upstream, now } = this.#scene;
    const before = upstream.client(clientId);
    act();
    const after = upstream.client(clientId);
    if (isDeepStrictEqual(before, after)) return;
    this.ledger.console.set(clientId, now);
    const left = new Set(valuesOf(after));
    const killed = valuesOf(before).filter((value) => !left.has(value));
    this.#judge.died(clientId, killed, { actor: 'console', letter: undefined, fence: undefined });
  }

  /** etcd was put back: what was written since did not happen, and what went is there again. */
  restored(living: readonly Actor[]): void {
    this.#findings.limit('g');
    this.ledger.restored = true;
    this.#restarts.restored();
    for (const name of living) this.ledger.misled.add(name);
  }

  changed(change: Change, actor: Actor): void {
    if (change.resource === 'machineclients') this.#objectChanged(change, actor);
    else if (change.resource === 'secrets') this.#publications.changed(change, actor);
    else if (isWorkload(change.resource)) this.#workloadChanged(change, actor);
  }

  left(sent: Sent): void {
    // What is fenced in another cluster is not seen here.
    if (isRival(sent.sender.name)) return;
    if (sent.target !== 'upstream') {
      this.reports.left(sent.request);
      return;
    }
    const call = this.#scene.upstream.read(sent.request);
    if (!isWrite(call)) return;
    const { kind, clientId } = call;
    const key = this.#keyOf(call);
    if (kind === 'create') this.#makesAgain(key, sent.sender.name);
    const fence = this.#fences.left(sent, call, key, this.births.minter(clientId, call.credentialId ?? ''));
    if (!fence) {
      if (kind === 'delete') this.definitions.orphanRemoved(key, sent.sender.name);
      return;
    }
    // What it saw before was not lost yet, and no client is made by it.
    const looked = this.ledger.looks.get(`${sent.sender.name} ${clientId}`) ?? 0;
    const mints =
      kind === 'create' || (['start', 'mint', 'stage'].includes(kind) && looked > (this.massSince ?? 0));
    const hasPublished = this.#scene.machineClient(key)?.status?.secretVersion !== undefined;
    if (mints && hasPublished && this.massSince !== undefined && fence.at > this.massSince)
      this.#findings.violation(
        'I11',
        `${sent.sender.name} sends ${kind} for ${key} while much is lost at once`,
      );
  }

  /** Around the provider's work on a request of an operator. */
  upstream<T>(sent: Sent, work: () => T): T {
    const { request, sender } = sent;
    const { upstream } = this.#scene;
    const call = upstream.read(request);
    if (isRival(sender.name) && isWrite(call)) return this.#rivalWrites(sent, call, work);
    if (!isWrite(call)) {
      const result = work();
      // Such as a proof by a key that is gone, which nothing tells from a look.
      if (isRefused(result)) return result;
      this.#shown(sent, call);
      if (isRival(sender.name)) return result;
      if (call.kind === 'look') {
        this.ledger.looks.set(`${sender.name} ${call.clientId}`, this.#scene.now);
        this.#haste.looked(sender.name, call.clientId);
      }
      if (call.proves !== undefined) this.ledger.proven.add(`${call.clientId} ${call.proves}`);
      return result;
    }
    this.#fences.arrived(sent);
    const known = new Set(call.clientId === '' ? upstream.clients().map(({ clientId }) => clientId) : []);
    const before = upstream.client(call.clientId);
    const result = work();
    this.#fences.answered(sent, result);
    // Where the provider chooses the id, it is the one that was not there before.
    const after =
      call.clientId === ''
        ? upstream.clients().find(({ clientId }) => !known.has(clientId))
        : upstream.client(call.clientId);
    if (after) {
      if (!before) this.takeover.created(after);
      this.takeover.shown(sender.name, after);
      const { clientId, mark } = after;
      if (mark) this.ledger.owners.set(clientId, mark.owner);
      const fence = this.#fences.of(sent);
      const old = new Set(before?.credentials.map(({ id }) => id));
      for (const credential of after.credentials)
        if (!old.has(credential.id)) {
          if (fence && isLate(fence, this.#scene.now)) this.#findings.limit('e');
          this.births.born(clientId, credential, { by: sender.name, fence, at: this.#scene.now });
        }
    }
    if (before) this.#judge.judge({ sent, call, before, after });
    return result;
  }

  /** As a person in the console, for all that our side can tell. */
  #rivalWrites<T>(sent: Sent, call: UpstreamCall, work: () => T): T {
    const { upstream, now } = this.#scene;
    const { name } = sent.sender;
    const known = new Map(upstream.clients().map((client) => [client.clientId, client]));
    const result = work();
    const after =
      call.clientId === ''
        ? upstream.clients().find(({ clientId }) => !known.has(clientId))
        : upstream.client(call.clientId);
    const before = known.get(call.clientId);
    const clientId = after?.clientId ?? call.clientId;
    if (isDeepStrictEqual(before, after)) return result;
    this.ledger.console.set(clientId, now);
    if (after) {
      if (after.mark) this.ledger.owners.set(clientId, after.mark.owner);
      if (!before) this.takeover.created(after);
      this.takeover.shown(name, after);
      const old = new Set(before?.credentials.map(({ id }) => id));
      for (const credential of after.credentials)
        if (!old.has(credential.id))
          this.births.born(clientId, credential, { by: name, fence: undefined, at: now });
    }
    const left = new Set(valuesOf(after));
    const killed = valuesOf(before).filter((value) => !left.has(value));
    this.#judge.died(clientId, killed, { actor: 'console', letter: undefined, fence: undefined });
    return result;
  }

  /** What a read shows. */
  #shown({ sender }: Sent, { kind, clientId }: UpstreamCall): void {
    const { upstream, listsWhole } = this.#scene;
    const found =
      kind === 'list' && listsWhole ? upstream.clients() : kind === 'look' ? [upstream.client(clientId)] : [];
    for (const client of found) if (client) this.takeover.shown(sender.name, client);
  }

  /** Reads may not have shown it: that is no reason to make another one. */
  #makesAgain(key: string, sender: Actor): void {
    const { upstream } = this.#scene;
    const object = this.#scene.machineClient(key);
    const main = object && mainOf(object, this.#scene.secretsOf(key));
    const isThere = clientsOf(upstream, key).some(
      ({ clientId, credentials }) =>
        clientId === main?.clientId && credentials.some(({ value }) => value === main.value),
    );
    if (isThere)
      this.#findings.excusable(
        this.ledger.excuse(sender),
        'I1',
        `${sender} makes a client for ${key} again, though the one that its Secret names is there`,
      );
  }

  #objectChanged({ type, object, previous }: Change, actor: Actor): void {
    const key = keyOf(object);
    const { now } = this.#scene;
    if (type !== 'MODIFIED') this.ledger.gone.set(key, now);
    if (type === 'DELETED') {
      this.ledger.statusLost.set(key, now);
      // One that is put back from a backup promises what the former did.
      const isOver = object.metadata.deletionTimestamp !== undefined && !this.definitions.isLetGo(object);
      if (isOver) this.prober.forget(key);
      return;
    }
    const stored = object as Stored;
    if (type === 'ADDED') this.definitions.objectAdded(key);
    else if (object.metadata.deletionTimestamp !== undefined && !previous?.metadata.deletionTimestamp)
      this.definitions.objectMarked(stored);
    if (outsiders.includes(actor)) {
      if (operationOf(previous) && !operationOf(object)) {
        this.#findings.limit('i');
        this.ledger.wiped.set(key, now);
      }
      if (lostStatus(previous, stored)) this.ledger.statusLost.set(key, now);
      if (previous && secretNameOf(previous as Stored) !== secretNameOf(stored))
        this.ledger.renamed.set(key, now);
      return;
    }
    if (isReady(stored) && !isReady(previous as Stored | undefined) && !isHeld(stored))
      // Who knows a history that did not happen knows of a finalizer that never was there (limit g).
      this.#findings.excusable(
        this.ledger.excuse(actor),
        'I10',
        `${actor} says that ${key} is Ready, and nothing keeps it from going without its client`,
      );
    const fence = this.#fences.committed(key, stored, previous as Stored | undefined, actor);
    if (!fence) return;
    this.definitions.fenced(key, stored, fence);
    this.takeover.fenced(stored, key, fence);
    if (retires(fence.operation) && stored.metadata.deletionTimestamp === undefined)
      checkGate(this.#scene, this.ledger, this.#findings, key, stored, fence);
    const wrong = planComplaint(this.#scene, this.ledger, key, stored, fence);
    if (wrong !== undefined)
      this.#findings.excusable(this.ledger.excuse(actor), 'plan', `${actor} rotates ${key} ${wrong}`);
    if (isMint(fence.operation) && fence.secret) this.#findings.count('rotations');
  }

  #workloadChanged({ type, object, previous }: Change, actor: Actor): void {
    const { uid } = object.metadata;
    // What the controller and the kubelet write is their status.
    if (actor === 'user') this.ledger.workloadHands.set(uid, this.#scene.now);
    if (type === 'DELETED') return;
    this.#restarts.changed(object as StoredWorkload, previous as StoredWorkload | undefined, actor);
  }

  #keyOf({ owner, clientId }: UpstreamCall): string {
    return owner ?? this.ledger.owners.get(clientId) ?? '';
  }
}

const valuesOf = (client: TrueClient | undefined): readonly string[] =>
  client?.credentials.map(({ value }) => value) ?? [];

const isReady = (object: Stored | undefined): boolean =>
  object !== undefined && condition(object, 'Ready')?.status === 'True';
const isHeld = ({ metadata: { finalizers: present, deletionTimestamp } }: Stored): boolean =>
  deletionTimestamp !== undefined || present?.includes(finalizers.upstream) === true;

const lostStatus = (previous: RawObject | undefined, { status }: Stored): boolean =>
  (previous as Stored | undefined)?.status?.credentials !== undefined && status?.credentials === undefined;

/** Whoever is not let in is shown nothing. */
const isRefused = (reply: unknown): boolean => (reply as { readonly status?: number }).status === 401;

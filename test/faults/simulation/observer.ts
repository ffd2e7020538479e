import type { StytchClient } from '../../simulators/stytch/account.ts';
import type { Change } from './api-server/api.ts';
import type { WireRequest } from './exchange.ts';
import { Fences } from './fences.ts';
import type { Findings, Letter } from './findings.ts';
import { checkGate } from './gate-check.ts';
import { type Kill, Ledger } from './ledger.ts';
import { planComplaint } from './planned.ts';
import { Prober } from './prober.ts';
import { Publications } from './publications.ts';
import { Reports } from './reports.ts';
import { Restarts } from './restarts.ts';
import { type Actor, outsiders, type Scene } from './scene.ts';
import {
  accepts,
  isWorkload,
  keyOf,
  mainOf,
  operationOf,
  ownerOf,
  type Published,
  type Stored,
  type StoredWorkload,
} from './truth.ts';
import { clientIdOf, upstreamWrite, type UpstreamWrite } from './upstream-call.ts';
import type { Sent } from './wire.ts';

/** A client at the provider before a request of an operator. */
interface Before {
  readonly current: string;
  readonly next: string | undefined;
  readonly nextBy: string | undefined;
  readonly mark: { readonly owner: string; readonly released: boolean } | undefined;
  readonly fields: string;
}

const fieldsOf = ({ name, description, scopes, status }: StytchClient): string =>
  JSON.stringify([name, description, scopes, status]);

/** Sees everything at the moment at which it happens, and says what must not have happened. */
export class Observer {
  readonly #scene: Scene;
  readonly #findings: Findings;
  readonly ledger = new Ledger();
  readonly #fences: Fences;
  readonly #restarts: Restarts;
  readonly #publications: Publications;
  readonly prober: Prober;
  readonly reports: Reports;
  /** World time from which on much was lost at once, until a person confirms. */
  massSince: number | undefined;

  constructor(scene: Scene, findings: Findings) {
    this.#scene = scene;
    this.#findings = findings;
    this.#fences = new Fences(scene, this.ledger, findings);
    this.#restarts = new Restarts(findings);
    this.prober = new Prober(scene, this.ledger, findings);
    this.#publications = new Publications(scene, this.ledger, findings, this.prober);
    this.reports = new Reports(scene, this.ledger, findings);
  }

  /** A person acts on the client. */
  consoleActed(clientId: string, act: () => void): void {
    const before = this.#valuesOf(clientId);
    act();
    this.ledger.console.set(clientId, this.#scene.now);
    const after = new Set(this.#valuesOf(clientId));
    const killed = before.filter((value) => !after.has(value));
    this.#died(clientId, killed, { actor: 'console', letter: undefined, fence: undefined });
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
    if (sent.target !== 'upstream') {
      this.reports.left(sent.request);
      return;
    }
    const kind = upstreamWrite(sent.request);
    if (!kind) return;
    const key = this.#keyOf(kind, sent.request);
    const fence = this.#fences.left(sent, kind, key);
    if (!fence) return;
    // What it saw before was not lost yet, and no client is made by it.
    const looked = this.ledger.looks.get(`${sent.sender.name} ${clientIdOf(sent.request)}`) ?? 0;
    const mints = kind === 'create' || (kind === 'start' && looked > (this.massSince ?? 0));
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
    const kind = upstreamWrite(request);
    if (kind === undefined) {
      if (request.method === 'GET')
        this.ledger.looks.set(`${sender.name} ${clientIdOf(request)}`, this.#scene.now);
      if (request.path.endsWith('/oauth2/token')) this.#tokenAsked(request);
      return work();
    }
    const id = clientIdOf(request);
    this.#fences.arrived(sent);
    const client = this.#scene.account.findClient(id);
    const before: Before | undefined = client && {
      current: client.current.value,
      next: client.next?.value,
      nextBy: client.next?.by,
      mark: ownerOf(client.trustedMetadata),
      fields: fieldsOf(client),
    };
    const result = work();
    const after = this.#scene.account.findClient(id);
    if (after) {
      const owner = ownerOf(after.trustedMetadata)?.owner;
      if (owner !== undefined) this.ledger.owners.set(id, owner);
    }
    if (before) this.#judge(sent, kind, id, before, after);
    return result;
  }

  #judge(sent: Sent, kind: UpstreamWrite, id: string, before: Before, after: StytchClient | undefined): void {
    const { name } = sent.sender;
    const left = new Set([after?.current.value, after?.next?.value]);
    const killed = [before.current, before.next].filter(
      (value): value is string => value !== undefined && !left.has(value),
    );
    const letter = this.#letterOf(sent, kind, id, before);
    const changed = killed.length > 0 || !after || before.fields !== fieldsOf(after);
    if (changed && (!before.mark || before.mark.released))
      this.#findings.excusable(
        letter,
        'I7',
        `${name}'s ${kind} changes the client ${id}, which is nobody's of ours`,
      );
    for (const value of killed)
      for (const holder of this.#holders(value)) {
        this.reports.owe(letter, holder.owner);
        this.#findings.excusable(
          letter,
          'I3',
          `${name}'s ${kind} kills the credential in the Secret ${holder.name}`,
        );
      }
    const positional = kind === 'promote' || kind === 'cancel';
    if (positional && killed.length > 0 && before.nextBy === 'console')
      this.#findings.excusable(letter, 'I7', `${name}'s ${kind} ends a rotation of the console on ${id}`);
    this.#successor(kind, id, before, after, killed, letter, name);
    this.#died(id, killed, { actor: name, letter, fence: this.#fences.of(sent) });
  }

  /** What is retired was published before, and so was what takes its place; what is cancelled was not. */
  #successor(
    kind: UpstreamWrite,
    id: string,
    { current, next, mark }: Before,
    after: StytchClient | undefined,
    killed: readonly string[],
    letter: Letter | undefined,
    name: string,
  ): void {
    const { published } = this.ledger;
    if (kind === 'promote' && killed.length > 0 && published.has(current)) {
      if (!published.has(after?.current.value ?? ''))
        this.#findings.excusable(
          letter,
          'I4',
          `${name} retires a credential of ${id} whose successor was never published`,
        );
    }
    if (kind !== 'cancel' || next === undefined || !killed.includes(next) || !published.has(next)) return;
    if (letter === 'c' && mark) this.reports.owe(letter, mark.owner);
    // What etcd does not know any more was not published, for all that anybody can see.
    const undone = this.ledger.restored ? 'g' : undefined;
    this.#findings.excusable(
      letter ?? undone,
      'I4',
      `${name} cancels a credential of ${id} that was published`,
    );
  }

  /** Exactly one of the limits of the protocol, where it is one: the call came too late, or a person was between. */
  #letterOf(sent: Sent, kind: UpstreamWrite, id: string, { next, mark }: Before): Letter | undefined {
    if (this.ledger.misled.has(sent.sender.name)) return 'g';
    const fence = this.#fences.of(sent);
    if (!fence) return undefined;
    if (this.#scene.wallClock() >= fence.operation.until)
      return kind === 'promote' || kind === 'cancel' ? 'a' : 'e';
    const looked = this.ledger.looks.get(`${sent.sender.name} ${id}`);
    const acted = this.ledger.console.get(id);
    if (looked !== undefined && acted !== undefined && acted >= looked) return 'b';
    const key = this.ledger.owners.get(id) ?? '';
    if (kind === 'cancel' && acted !== undefined && this.#fences.lostStart(key, acted)) return 'b';
    // Its Secret went before status could say that it was published.
    const published = next === undefined ? undefined : this.ledger.published.get(next);
    const hand = mark && this.ledger.hands.get(mark.owner);
    return kind === 'cancel' && !fence.secret && published && hand !== undefined && hand >= published.at
      ? 'c'
      : undefined;
  }

  #died(clientId: string, killed: readonly string[], kill: Kill): void {
    for (const value of killed) this.ledger.killers.set(value, kill);
    this.prober.ask(clientId, killed, kill);
  }

  #objectChanged({ type, object, previous }: Change, actor: Actor): void {
    const key = keyOf(object);
    if (type !== 'MODIFIED') this.ledger.gone.set(key, this.#scene.now);
    if (type === 'DELETED') {
      // One that is put back from a backup promises what the former did.
      if (object.metadata.deletionTimestamp !== undefined) this.prober.forget(key);
      return;
    }
    const stored = object as Stored;
    if (outsiders.includes(actor)) {
      if (operationOf(previous) && !operationOf(object)) this.#findings.limit('i');
      return;
    }
    const fence = this.#fences.committed(key, stored, previous as Stored | undefined, actor);
    if (!fence) return;
    if (fence.operation.kind === 'promote')
      checkGate(this.#scene, this.ledger, this.#findings, key, stored, fence);
    const wrong = planComplaint(this.ledger, key, stored, fence);
    if (wrong !== undefined)
      this.#findings.excusable(this.ledger.excuse(actor), 'plan', `${actor} rotates ${key} ${wrong}`);
    if (fence.operation.kind === 'start' && fence.secret) this.#findings.count('rotations');
  }

  #workloadChanged({ type, object, previous }: Change, actor: Actor): void {
    const { uid } = object.metadata;
    // What the controller and the kubelet write is their status.
    if (actor === 'user') this.ledger.workloadHands.set(uid, this.#scene.now);
    if (type === 'DELETED') return;
    this.#restarts.changed(object as StoredWorkload, previous as StoredWorkload | undefined, actor);
  }

  #tokenAsked({ body }: WireRequest): void {
    const form = new URLSearchParams(body);
    const value = form.get('client_secret') ?? '';
    const client = this.#scene.account.findClient(form.get('client_id') ?? '');
    if (client?.status === 'active' && accepts(this.#scene.account, client.clientId, value))
      this.ledger.proven.add(value);
  }

  /** Secrets that consumers of living objects use, and in which this value stands; a former one after a rename is none. */
  #holders(value: string): readonly Published[] {
    return [...new Set(this.ledger.owners.values())]
      .filter((key) => {
        const object = this.#scene.machineClient(key);
        return object !== undefined && object.metadata.deletionTimestamp === undefined;
      })
      .flatMap((key) => {
        const object = this.#scene.machineClient(key);
        const main = object && mainOf(object, this.#scene.secretsOf(key));
        return main?.value === value ? [main] : [];
      });
  }

  #keyOf(kind: UpstreamWrite, request: WireRequest): string {
    if (kind === 'create')
      return (
        ownerOf((JSON.parse(request.body ?? '{}') as { trusted_metadata?: unknown }).trusted_metadata)
          ?.owner ?? ''
      );
    return this.ledger.owners.get(clientIdOf(request)) ?? '';
  }

  #valuesOf(clientId: string): readonly string[] {
    const client = this.#scene.account.findClient(clientId);
    return client ? [client.current.value, ...(client.next ? [client.next.value] : [])] : [];
  }
}

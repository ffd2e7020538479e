import { annotations } from '../../../src/api/group.ts';
import { parseDuration } from '../../../src/api/durations.ts';
import type { RawObject } from '../../../src/kube/list-pager.ts';
import { isMint, isUnresolved, type Operation } from '../../../src/machine-client/operation.ts';
import type { StytchAccount, StytchClient } from '../../simulators/stytch/account.ts';
import type { Change } from './api-server/api.ts';
import type { WireRequest } from './exchange.ts';
import type { Findings, Letter } from './findings.ts';
import {
  accepts,
  keyOf,
  mainOf,
  operationOf,
  ownerOf,
  publishedOf,
  type Published,
  type Stored,
} from './truth.ts';
import { clientIdOf, fencedAs, upstreamWrite, type UpstreamWrite } from './upstream-call.ts';
import type { Sent } from './wire.ts';

/** Who did it: an operator process by its name, or somebody else. */
export type Actor = string;
export const outsiders: readonly Actor[] = ['user', 'console', 'cluster'];

interface Fence {
  readonly operation: Operation;
  readonly by: Actor;
  /** World time at which it was committed. */
  readonly at: number;
  used: boolean;
}

/** What the observer needs of the world. */
export interface Scene {
  readonly now: number;
  readonly account: StytchAccount;
  /** Wall clock of a process; of all that live the latest where none is named. */
  wallClock(name?: string): number;
  machineClient(key: string): Stored | undefined;
  secretsOf(key: string): readonly Published[];
}

const W_MS = 5_000;
/** A user's hand in the Secret this short before a fence may have come after the operator's last look at it. */
const HAND_MS = 15_000;

/** Sees everything at the moment at which it happens, and says what must not have happened. */
export class Observer {
  readonly #scene: Scene;
  readonly #findings: Findings;
  readonly #fences = new Map<string, Fence[]>();
  readonly #fenceOf = new Map<string, Fence>();
  readonly #owners = new Map<string, string>();
  /** World time of the last act of a person, by client id and by key of the object. */
  readonly #console = new Map<string, number>();
  readonly #hands = new Map<string, number>();
  readonly #gone = new Map<string, number>();
  readonly #looks = new Map<string, number>();
  readonly #proven = new Set<string>();
  readonly #everPublished = new Set<string>();
  readonly #lastPublished = new Map<string, Published>();
  readonly #killers = new Map<string, { readonly actor: Actor; readonly letter: Letter | undefined }>();
  /** Processes that know a history of etcd that did not happen. */
  readonly #misled = new Set<Actor>();
  /** World time from which on much was lost at once, until a person confirms. */
  massSince: number | undefined;

  constructor(scene: Scene, findings: Findings) {
    this.#scene = scene;
    this.#findings = findings;
  }

  /** A person acts on the client. */
  consoleActed(clientId: string, act: () => void): void {
    const before = this.#valuesOf(clientId);
    act();
    this.#console.set(clientId, this.#scene.now);
    const after = new Set(this.#valuesOf(clientId));
    for (const value of before)
      if (!after.has(value)) this.#killers.set(value, { actor: 'console', letter: undefined });
  }

  /** etcd was put back: what was written since did not happen, and what went is there again. */
  restored(living: readonly Actor[]): void {
    this.#findings.limit('g');
    for (const name of living) this.#misled.add(name);
  }

  changed(change: Change, actor: Actor): void {
    if (change.resource === 'machineclients') this.#objectChanged(change, actor);
    else if (change.resource === 'secrets') this.#secretChanged(change, actor);
  }

  left(sent: Sent): void {
    if (sent.target !== 'upstream') return;
    const kind = upstreamWrite(sent.request);
    if (!kind) return;
    const { name } = sent.sender;
    const key = this.#keyOf(kind, sent.request);
    const fence = this.#fences
      .get(key)
      ?.findLast((one) => !one.used && one.by === name && fencedAs(one.operation) === kind);
    if (!fence) {
      const isOrphan = kind === 'delete' && this.#wasGone(key);
      if (!isOrphan) this.#findings.violation('fence', `${name} sends ${kind} for ${key} without a fence`);
      return;
    }
    fence.used = true;
    this.#fenceOf.set(sent.id, fence);
    if (sent.leftAt - fence.at > W_MS)
      this.#findings.violation(
        'W',
        `${name} sends ${kind} for ${key} ${Math.round(sent.leftAt - fence.at)} ms after its fence`,
      );
    const mints = kind === 'create' || kind === 'start';
    const hasPublished = this.#scene.machineClient(key)?.status?.secretVersion !== undefined;
    if (mints && hasPublished && this.massSince !== undefined && fence.at > this.massSince)
      this.#findings.violation('I11', `${name} sends ${kind} for ${key} while much is lost at once`);
  }

  /** Around the provider's work on a request of an operator. */
  upstream<T>(sent: Sent, work: () => T): T {
    const { request, sender } = sent;
    const kind = upstreamWrite(request);
    if (kind === undefined) {
      if (request.method === 'GET') this.#looks.set(`${sender.name} ${clientIdOf(request)}`, this.#scene.now);
      if (request.path.endsWith('/oauth2/token')) this.#tokenAsked(request);
      return work();
    }
    const id = clientIdOf(request);
    const client = this.#scene.account.findClient(id);
    const before = client && {
      current: client.current.value,
      next: client.next?.value,
      nextBy: client.next?.by,
      mark: ownerOf(client.trustedMetadata),
      fields: JSON.stringify([client.name, client.description, client.scopes, client.status]),
    };
    const result = work();
    const after = this.#scene.account.findClient(id);
    if (after) {
      const owner = ownerOf(after.trustedMetadata)?.owner;
      if (owner !== undefined) this.#owners.set(id, owner);
    }
    if (before) this.#judge(sent, kind, id, before, after);
    return result;
  }

  #judge(
    sent: Sent,
    kind: UpstreamWrite,
    id: string,
    before: {
      readonly current: string;
      readonly next: string | undefined;
      readonly nextBy: string | undefined;
      readonly mark: { readonly owner: string; readonly released: boolean } | undefined;
      readonly fields: string;
    },
    after: StytchClient | undefined,
  ): void {
    const { name } = sent.sender;
    const left = new Set([after?.current.value, after?.next?.value]);
    const killed = [before.current, before.next].filter((value) => value !== undefined && !left.has(value));
    const changed =
      killed.length > 0 ||
      !after ||
      before.fields !== JSON.stringify([after.name, after.description, after.scopes, after.status]);
    if (changed && (!before.mark || before.mark.released))
      this.#findings.violation('I7', `${name}'s ${kind} changes the client ${id}, which is nobody's of ours`);
    const letter = this.#letterOf(sent, kind, id);
    for (const value of killed as string[]) {
      this.#killers.set(value, { actor: name, letter });
      for (const holder of this.#holders(value))
        this.#excusable(letter, 'I3', `${name}'s ${kind} kills the credential in the Secret ${holder.name}`);
    }
    const positional = kind === 'promote' || kind === 'cancel';
    if (positional && killed.length > 0 && before.nextBy === 'console')
      this.#excusable(letter, 'I7', `${name}'s ${kind} ends a rotation of the console on ${id}`);
    if (kind === 'promote' && killed.length > 0) {
      const successor = after?.current.value ?? '';
      const wasPublished = this.#everPublished.has(before.current);
      if (wasPublished && !this.#everPublished.has(successor))
        this.#excusable(
          letter,
          'I4',
          `${name} retires a credential of ${id} whose successor was never published`,
        );
    }
  }

  /** Exactly one of the limits of the protocol, where it is one: the call came too late, or a person was between. */
  #letterOf(sent: Sent, kind: UpstreamWrite, id: string): Letter | undefined {
    if (this.#misled.has(sent.sender.name)) return 'g';
    const fence = this.#fenceOf.get(sent.id);
    if (!fence) return undefined;
    if (this.#scene.wallClock() >= fence.operation.until)
      return kind === 'promote' || kind === 'cancel' ? 'a' : 'e';
    const looked = this.#looks.get(`${sent.sender.name} ${id}`);
    const acted = this.#console.get(id);
    if (looked !== undefined && acted !== undefined && acted >= looked) return 'b';
    return undefined;
  }

  #excusable(letter: Letter | undefined, invariant: string, text: string): void {
    if (letter) this.#findings.limit(letter);
    else this.#findings.violation(invariant, text);
  }

  #objectChanged({ type, object, previous }: Change, actor: Actor): void {
    const key = keyOf(object);
    if (type === 'DELETED') {
      this.#gone.set(key, this.#scene.now);
      return;
    }
    if (type === 'ADDED') this.#gone.set(key, this.#scene.now);
    const before = operationOf(previous);
    const now = operationOf(object);
    if (outsiders.includes(actor)) {
      if (before && !now) this.#findings.limit('i');
      return;
    }
    if (!now || now.id === before?.id) return;
    const fences = this.#fences.get(key) ?? [];
    this.#fences.set(key, fences);
    fences.push({ operation: now, by: actor, at: this.#scene.now, used: false });
    this.#noDoubleMint(key, object as Stored, before, now, actor);
    if (now.kind === 'promote') this.#gate(key, object as Stored, now, actor);
  }

  /** A mint of which nobody knows how it ended is waited for. */
  #noDoubleMint(key: string, object: Stored, before: Operation | undefined, now: Operation, by: Actor): void {
    if (!isMint(before)) return;
    const secrets = this.#scene.secretsOf(key);
    const open = secrets.length === 0 ? [undefined] : secrets;
    const unresolved = open.every((secret) =>
      isUnresolved(
        before,
        secret && { operation: secret.operation, abandonedOperation: secret.abandoned },
        object.status?.operation,
      ),
    );
    if (unresolved && this.#scene.wallClock(by) < before.until)
      this.#excusable(
        this.#misled.has(by) ? 'g' : undefined,
        'double mint',
        `${by} fences a ${now.kind} for ${key} while its ${before.kind} ${before.id} is not settled`,
      );
  }

  /** I4, at the moment at which the retirement was decided for good. */
  #gate(key: string, object: Stored, operation: Operation, by: Actor): void {
    if (this.#scene.now - (this.#hands.get(key) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return;
    const { status, spec, metadata } = object;
    const secret = mainOf(
      object,
      this.#scene.secretsOf(key).filter(({ labelled }) => labelled),
    );
    const works = secret && accepts(this.#scene.account, secret.clientId, secret.value) ? secret : undefined;
    const overlap = parseDuration(spec.rotation?.overlap ?? '24h');
    const revoke = metadata.annotations?.[annotations.revokePrevious];
    const complain = (text: string): void =>
      this.#excusable(
        this.#misled.has(by) ? 'g' : undefined,
        'I4',
        `${by} retires a credential of ${key} ${text}`,
      );
    // Without a Secret that works, what status says was published is what consumers use.
    const version = works?.version ?? String(status?.secretVersion);
    const last = this.#lastPublished.get(key);
    const since =
      (works ?? (last?.credentialId === operation.suffix ? last : undefined))?.publishedAt ??
      Date.parse(status?.lastRotationTime ?? '');
    if (revoke !== version && !(this.#scene.wallClock(by) >= since + overlap))
      complain('before the overlap has passed');
    if (!works) return;
    if (works.credentialId !== operation.suffix) complain('whose successor is not in the Secret');
    if (spec.suspend === true || spec.state === 'Inactive') complain('while it is suspended or inactive');
    if (revoke !== version && spec.rotation?.verification !== 'Never' && !this.#proven.has(works.value))
      complain('whose successor is not proven');
  }

  #secretChanged({ type, object, previous }: Change, actor: Actor): void {
    const now = type === 'DELETED' ? undefined : publishedOf(object);
    const before = previous && publishedOf(previous);
    const key = now?.owner ?? before?.owner;
    if (outsiders.includes(actor)) {
      if (key !== undefined) this.#hands.set(key, this.#scene.now);
      return;
    }
    if (previous && !before && !now && !onlyFinalizers(previous, object))
      this.#findings.violation('I7', `${actor} changes the Secret ${keyOf(object)}, which is not ours`);
    if (now) {
      this.#everPublished.add(now.value);
      if (now.value !== before?.value) {
        this.#lastPublished.set(now.owner, now);
        this.#mustWork(now, actor);
      }
    } else if (before && type === 'DELETED') this.#mayGo(before, actor);
  }

  #mustWork(secret: Published, actor: Actor): void {
    if (accepts(this.#scene.account, secret.clientId, secret.value)) return;
    const killer = this.#killers.get(secret.value);
    if (killer?.actor === 'console') return;
    const letter = killer?.letter ?? (this.#misled.has(actor) ? 'g' : undefined);
    this.#excusable(letter, 'I3', `${actor} publishes a credential for ${secret.owner} that is dead`);
  }

  #mayGo(secret: Published, actor: Actor): void {
    const owner = this.#scene.machineClient(secret.owner);
    if (!owner || owner.metadata.deletionTimestamp !== undefined) return;
    const others = this.#scene.secretsOf(secret.owner).filter(({ uid }) => uid !== secret.uid);
    if (others.length === 0)
      this.#excusable(
        this.#misled.has(actor) ? 'g' : undefined,
        'I3',
        `${actor} deletes the only Secret of ${secret.owner}, which lives`,
      );
  }

  #tokenAsked({ body }: WireRequest): void {
    const form = new URLSearchParams(body);
    const value = form.get('client_secret') ?? '';
    const client = this.#scene.account.findClient(form.get('client_id') ?? '');
    if (client?.status === 'active' && accepts(this.#scene.account, client.clientId, value))
      this.#proven.add(value);
  }

  /** Secrets that consumers of living objects use, and in which this value stands; a former one after a rename is none. */
  #holders(value: string): readonly Published[] {
    return [...new Set(this.#owners.values())]
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
    return this.#owners.get(clientIdOf(request)) ?? '';
  }

  #wasGone(key: string): boolean {
    return !this.#scene.machineClient(key) || this.#scene.now - (this.#gone.get(key) ?? 0) < 60_000;
  }

  #valuesOf(clientId: string): readonly string[] {
    const client = this.#scene.account.findClient(clientId);
    return client ? [client.current.value, ...(client.next ? [client.next.value] : [])] : [];
  }
}

const onlyFinalizers = (a: RawObject, b: RawObject): boolean => {
  const rest = ({ metadata, ...others }: RawObject): string => {
    const { finalizers: _, resourceVersion: __, ...kept } = metadata as unknown as Record<string, unknown>;
    return JSON.stringify([kept, others]);
  };
  return rest(a) === rest(b);
};

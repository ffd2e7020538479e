import type { Births } from './births.ts';
import type { Fences } from './fences.ts';
import { HAND_MS, untoldFirst } from './gate-check.ts';
import type { Findings, Letter } from './findings.ts';
import type { HoldCheck } from './hold-check.ts';
import type { Kill, Ledger } from './ledger.ts';
import type { Prober } from './prober.ts';
import type { Reports } from './reports.ts';
import { isRival } from './rival.ts';
import type { Scene } from './scene.ts';
import { mainOf, type Published } from './truth.ts';
import type { TrueClient, TrueCredential, UpstreamCall, UpstreamWrite } from './upstreams/upstream.ts';
import type { Sent } from './wire.ts';

interface Parts {
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly findings: Findings;
  readonly fences: Fences;
  readonly births: Births;
  readonly prober: Prober;
  readonly reports: Reports;
  readonly hold: HoldCheck;
}

/** One write to the provider: what was there before it, and after it. */
export interface Deed {
  readonly sent: Sent;
  readonly call: UpstreamCall & { readonly kind: UpstreamWrite };
  readonly before: TrueClient;
  readonly after: TrueClient | undefined;
}

/** What an operator's write has killed or changed, and whether it was allowed to. */
export class Judge {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  judge(deed: Deed): void {
    const { findings, reports, fences } = this.#parts;
    const { sent, call, before, after } = deed;
    const { kind, clientId } = call;
    const { name } = sent.sender;
    const left = new Set(after?.credentials.map(({ value }) => value));
    const gone = before.credentials.filter(({ value }) => !left.has(value));
    const killed = gone.map(({ value }) => value);
    const letter = this.#letterOf(deed);
    const isAllowed = this.#replaces(deed) || this.#unbound(deed);
    const changed = killed.length > 0 || !after || before.fields !== after.fields;
    if (changed && (!before.mark || before.mark.released) && !this.#adopts(after))
      findings.excusable(
        letter,
        'I7',
        `${name}'s ${kind} changes the client ${clientId}, which is nobody's of ours`,
      );
    if (before.mark && !before.mark.released && (!after || after.mark?.released === true))
      this.#parts.hold.removed(before.mark.owner, 'client', name);
    for (const value of isAllowed ? [] : killed)
      for (const holder of this.#holders(value)) {
        reports.owe(letter, holder.owner);
        findings.excusable(
          letter,
          'I3',
          `${name}'s ${kind} kills the credential in the Secret ${holder.name}`,
        );
      }
    if (kind === 'promote' || kind === 'cancel') this.#byPosition(deed, killed, letter);
    if (kind === 'turn') this.#turnsBack(deed, letter);
    if (kind === 'retire') for (const one of gone) this.#byId(deed, one, letter);
    // What people have decided is theirs.
    this.died(clientId, killed, { actor: isAllowed ? 'console' : name, letter, fence: fences.of(sent) });
  }

  /** The spec says that who holds the old one may be refused, and nothing could stand beside the new one. */
  #replaces({ call, before }: Deed): boolean {
    const object = this.#parts.scene.machineClient(before.mark?.owner ?? '');
    const { method } = (object?.spec.rotation ?? {}) as { readonly method?: string };
    return call.kind === 'stage' && before.credentials.length === 1 && method === 'Replace';
  }

  /** Somebody has taken away what keeps the rotated one, and the next change drops that, whatever it is. */
  #unbound({ before, after }: Deed): boolean {
    const [current, rotated] = before.credentials;
    return (
      this.#parts.scene.upstream.keepsRotated?.() === false &&
      current !== undefined &&
      rotated !== undefined &&
      after?.credentials.length === 1
    );
  }

  /** A person has asked for it. */
  #adopts(after: TrueClient | undefined): boolean {
    const object = after?.mark && this.#parts.scene.machineClient(after.mark.owner);
    return object?.spec.adoptionPolicy === 'Existing';
  }

  died(clientId: string, killed: readonly string[], kill: Kill): void {
    for (const value of killed) this.#parts.ledger.killers.set(value, kill);
    this.#parts.prober.ask(clientId, killed, kill);
  }

  /** What is retired was published before, and so was what takes its place; what is cancelled was not. */
  #byPosition(
    { sent, call, before, after }: Deed,
    killed: readonly string[],
    letter: Letter | undefined,
  ): void {
    const { ledger, findings, reports } = this.#parts;
    const { kind, clientId } = call;
    const { name } = sent.sender;
    const [current, next] = before.credentials;
    if (killed.length > 0 && next?.by === 'console')
      findings.excusable(letter, 'I7', `${name}'s ${kind} ends a rotation of the console on ${clientId}`);
    const { published } = ledger;
    if (kind === 'promote' && killed.length > 0 && current && published.has(current.value)) {
      if (!published.has(after?.credentials[0]?.value ?? ''))
        findings.excusable(
          letter,
          'I4',
          `${name} retires a credential of ${clientId} whose successor was never published`,
        );
    }
    if (kind !== 'cancel' || !next || !killed.includes(next.value) || !published.has(next.value)) return;
    if (letter === 'c' && before.mark) reports.owe(letter, before.mark.owner);
    // What etcd does not know any more was not published, for all that anybody can see.
    const isUndone = ledger.restored || (before.mark !== undefined && ledger.putBack.has(before.mark.owner));
    const undone = isUndone ? 'g' : undefined;
    findings.excusable(
      letter ?? undone,
      'I4',
      `${name} cancels a credential of ${clientId} that was published`,
    );
  }

  /** What somebody has made in the console, and nobody has published yet, would end with the overlap of ours. */
  #turnsBack({ sent, call, before, after }: Deed, letter: Letter | undefined): void {
    const { ledger, findings } = this.#parts;
    const [current] = before.credentials;
    const isTurned = after?.credentials[0]?.value !== current?.value;
    if (current?.by === 'console' && isTurned && !ledger.published.has(current.value))
      findings.excusable(
        letter,
        'I7',
        `${sent.sender.name} turns the secret back that somebody has made on ${call.clientId}`,
      );
  }

  /** Somebody else's is never ended; one of its own that it holds in memory alone, only by who minted it. */
  #byId({ sent, call, before }: Deed, gone: TrueCredential, letter: Letter | undefined): void {
    const { ledger, findings, fences, births } = this.#parts;
    const { name } = sent.sender;
    const { clientId } = call;
    const key = before.mark?.owner ?? '';
    const minter = births.minter(clientId, gone.id);
    // What was in a Secret that was adopted is the object's own from then on, whoever made it.
    const isForeign = gone.by !== 'api' && !ledger.published.has(gone.value);
    if (isForeign || (minter !== undefined && isRival(minter))) {
      const mistaken = births.mistaken(before, gone, fences.all(key)) ? 'f' : undefined;
      findings.excusable(
        letter ?? mistaken,
        'I7',
        `${name} deletes the credential ${gone.id} of ${clientId}, which somebody else made`,
      );
    }
    if (fences.of(sent)) return;
    if (minter !== name)
      findings.violation(
        'fence',
        `${name} deletes ${gone.id} of ${clientId} without a fence, and did not mint it`,
      );
    if (ledger.published.has(gone.value))
      findings.violation('I4', `${name} deletes ${gone.id} of ${clientId}, which it has published`);
  }

  /** Exactly one of the limits of the protocol, where it is one: the call came too late, or a person was between. */
  #letterOf({ sent, call, before }: Deed): Letter | undefined {
    const { scene, ledger, fences } = this.#parts;
    const { kind, clientId } = call;
    const { mark } = before;
    if (ledger.misled.has(sent.sender.name)) return 'g';
    const fence = fences.of(sent);
    if (!fence) return undefined;
    const byPosition = ['promote', 'cancel', 'stage', 'turn', 'drop'].includes(kind);
    if (scene.wallClock() >= fence.operation.until) return byPosition ? 'a' : 'e';
    const acted = ledger.console.get(clientId);
    const key = ledger.owners.get(clientId) ?? '';
    const retired = before.credentials.find(({ id }) => id === fence.operation.suffix);
    if (kind === 'retire') return untoldFirst(ledger, key, fence, retired?.value);
    // By id nothing else is met, however much was done between.
    if (scene.upstream.style !== 'two-phase' && scene.upstream.style !== 'staged') return undefined;
    const looked = ledger.looks.get(`${sent.sender.name} ${clientId}`);
    if (looked !== undefined && acted !== undefined && acted >= looked) return 'b';
    if (kind === 'cancel' && acted !== undefined && fences.lostStart(key, acted, sent.sender.name))
      return 'b';
    const first = before.credentials[0]?.value;
    const untold = kind === 'promote' ? untoldFirst(ledger, key, fence, first) : undefined;
    if (untold) return untold;
    // Its Secret went before status could say that it was published.
    const published = before.credentials[1] && ledger.published.get(before.credentials[1].value);
    const hand = mark && ledger.hands.get(mark.owner);
    return kind === 'cancel' && !fence.secret && published && hand !== undefined && hand >= published.at
      ? 'c'
      : undefined;
  }

  /**
   * Secrets that consumers of living objects use, and in which this value stands; a former one after a rename is none, and
   * one that was just made the one in use again was retired for what the operator had read.
   */
  #holders(value: string): readonly Published[] {
    const { scene, ledger } = this.#parts;
    return [...new Set(ledger.owners.values())]
      .filter((key) => {
        if (scene.now - (ledger.renamed.get(key) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return false;
        const object = scene.machineClient(key);
        return object !== undefined && object.metadata.deletionTimestamp === undefined;
      })
      .flatMap((key) => {
        const object = scene.machineClient(key);
        const main = object && mainOf(object, scene.secretsOf(key));
        return main?.value === value ? [main] : [];
      });
  }
}

import type { Letter } from './findings.ts';
import type { Fence } from './fences.ts';
import type { Ledger } from './ledger.ts';
import type { Actor } from './scene.ts';
import { EPOCH } from './schedule.ts';
import type { TrueClient, TrueCredential } from './upstreams/upstream.ts';

/** The settle time: by so much two clocks may differ (docs/decisions/010). */
const SKEW_MS = 20_000;

/** It came when its operation counted as settled, whatever the clocks say. */
export const isLate = ({ at, operation }: Fence, arrivedAt: number): boolean =>
  arrivedAt - at > operation.until - operation.at;

interface Birth {
  readonly by: Actor;
  readonly fence: Fence | undefined;
  /** World time. */
  readonly at: number;
}

/** Why nobody can tell any more that a credential is ours: a limit, or what people and clocks did. */
export type Estrangement = Letter | 'status' | 'clock';

/**
 * Credentials bear no mark. Whose one is that no Secret holds is told by when it was made, and by what was written down;
 * where both fail, the operator takes ours for somebody else's, or somebody else's for ours.
 */
export class Births {
  readonly #ledger: Ledger;
  readonly #births = new Map<string, Birth>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  born(clientId: string, { id }: TrueCredential, birth: Birth): void {
    this.#births.set(`${clientId} ${id}`, birth);
  }

  /** The process whose request made it. */
  minter(clientId: string, id: string): Actor | undefined {
    return this.#births.get(`${clientId} ${id}`)?.by;
  }

  /** Why the operator may leave this one alone for ever, though a request of its own has made it. */
  estranged(key: string, clientId: string, { id, createdAt }: TrueCredential): Estrangement | undefined {
    const { restored, misled, statusLost, wiped } = this.#ledger;
    const birth = this.#births.get(`${clientId} ${id}`);
    if (restored || (birth && misled.has(birth.by))) return 'g';
    if (!birth?.fence) return undefined;
    const { at, until } = birth.fence.operation;
    if (isLate(birth.fence, birth.at)) return 'e';
    if (createdAt > until || createdAt < at - SKEW_MS) return 'clock';
    if ((wiped.get(key) ?? Number.NEGATIVE_INFINITY) >= birth.at) return 'i';
    return (statusLost.get(key) ?? Number.NEGATIVE_INFINITY) >= birth.at ? 'status' : undefined;
  }

  /** Limit f: somebody else made it while a mint of ours had an unknown end, or right after the client. */
  mistaken(client: TrueClient, { createdAt }: TrueCredential, fences: readonly Fence[]): boolean {
    const within = (from: number, to: number): boolean => createdAt >= from - SKEW_MS && createdAt <= to;
    return (
      within(client.createdAt, client.createdAt + 2 * SKEW_MS) ||
      fences.some(({ operation: { id, kind, at, until, newest = 0 } }) => {
        const published = this.#ledger.arrivedAt.get(id) ?? Number.POSITIVE_INFINITY;
        const comesAfter = createdAt > newest && within(at, Math.min(until, EPOCH + published));
        return ['create', 'mint'].includes(kind) && comesAfter;
      })
    );
  }
}

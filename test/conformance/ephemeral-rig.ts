import type { PortFault } from './rig.ts';
import { type FlatAccount } from '../helpers/flat-account.ts';

/** The calls of the port that reach the provider of an ephemeral style. */
export type EphemeralCall = 'check' | 'issue';

export type EphemeralFault =
  | PortFault
  | { readonly fault: 'delay'; readonly ms: number; readonly phase: 'before' | 'after' }
  | { readonly fault: 'slow-body'; readonly chunkBytes: number; readonly intervalMs: number };

/** An account, connected to its simulator. What the suite of the ephemeral providers needs of both. */
export interface EphemeralRig extends AsyncDisposable {
  readonly account: FlatAccount;
  /** What the account logs in with. */
  readonly login: string;
  /** Every secret that was issued, the oldest first. */
  issued(): readonly string[];
  /** Whether the provider takes the secret from whoever uses it, which may spend it. */
  works(secret: string): Promise<boolean>;
  /** The next `times` calls of this kind (1), and only those; replaces any earlier fault. */
  fault(call: EphemeralCall, fault: EphemeralFault, times?: number): void;
  /** How many requests of this kind arrived; left out: of any kind. */
  requests(call?: EphemeralCall): number;
  /** Secrets begin with this text from now on. */
  beginSecretsWith(text: string): void;
  /** The answer to `issue` has these fields besides its own from now on. */
  answerAlso(fields: Readonly<Record<string, unknown>>): void;
}

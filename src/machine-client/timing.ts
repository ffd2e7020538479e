/** Every wait of the protocol, in milliseconds, already divided by `--time-scale`. See docs/protocol.md. */
export interface Timing {
  /** The shortest time after which an unanswered call counts as settled (`--settle-time`). */
  readonly settleMs: number;
  /** W: an upstream write leaves at most this long after its answered fence, where the API server is quick (pace.ts). */
  readonly leaveMs: number;
  /** Between V, when the Secret write must have left, and K.until. */
  readonly marginMs: number;
  /** Refused by the provider: the first and the longest wait. */
  readonly longBackoff: { readonly firstMs: number; readonly mostMs: number };
  /** By what every duration is divided (`--time-scale`). */
  readonly timeScale: number;
}

/** A duration of a spec or of the code, divided as the others are. */
export const scaled = ({ timeScale }: Pick<Timing, 'timeScale'>, ms: number): number => ms / timeScale;

export const makeTiming = (settleMs: number, timeScale: number): Timing => {
  const scale = (ms: number): number => ms / timeScale;
  return {
    settleMs: scale(settleMs),
    leaveMs: scale(5_000),
    marginMs: scale(5_000),
    longBackoff: { firstMs: scale(60_000), mostMs: scale(6 * 3_600_000) },
    timeScale,
  };
};

/** What no operation outlasts: the longest time-out that a provider can have, and its patience with new credentials. */
export const longestOperation = (timing: Timing): number => timing.settleMs + scaled(timing, 15 * 60_000);

/** V: the Secret write leaves at most this long after the answered fence. */
export const publishWithin = (leaveMs: number, requestTimeoutMs: number, proofTimeMs: number): number =>
  leaveMs + requestTimeoutMs + proofTimeMs;

/** How long after the fence an operation of unknown result may still have effects. */
export const settledAfter = (
  { settleMs, marginMs }: Timing,
  leaveMs: number,
  requestTimeoutMs: number,
  proofTimeMs: number,
): number => Math.max(settleMs, publishWithin(leaveMs, requestTimeoutMs, proofTimeMs) + marginMs);

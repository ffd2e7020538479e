import type { Secret } from '../runtime/secret.ts';
import type { Exchange, ProviderHttp } from './http.ts';
import { ok, ProviderError, type Outcome } from './outcome.ts';
import type { Call } from './provider.ts';

/** What a login has brought. */
export interface Held {
  readonly token: Secret;
  /** Monotonic. */
  readonly renewAt: number;
}

interface Asking {
  readonly http: ProviderHttp;
  /** As messages name what is asked for: `Scalekit management token`. */
  readonly what: string;
  /** One login. `signal` is its own: who waits may stop waiting, and the connection's time-out ends it. */
  readonly ask: (call: Call) => Promise<Outcome<Held>>;
}

const notSent = (error: ProviderError): Exchange => ({ kind: 'failure', left: false, error });

/** The promise goes on for whoever else waits for it. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const leave = (): void => resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });

/**
 * The token of the operator at an account where it logs in for one: asked for when it is first needed and before it ends, by
 * one login however many wait for it.
 */
export class HeldToken {
  readonly #asking: Asking;
  #held: Held | undefined;
  #renewal: Promise<Outcome<Held>> | undefined;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /**
   * Sends with the token, and where that is refused once more with a new one. A write too: `isRefused` is true of what is
   * definite alone, when nothing was done. `call.leaveBy` holds for both.
   */
  async send(
    call: Call,
    sendWith: (token: Secret) => Promise<Exchange>,
    isRefused: (exchange: Exchange) => boolean,
  ): Promise<Exchange> {
    const token = await this.#token(call);
    if (token.kind !== 'ok') return notSent(token.error);
    const exchange = await sendWith(token.value);
    if (!isRefused(exchange)) return exchange;
    // Another call may have been refused before, and what it asked for is the new one.
    if (this.#held?.token === token.value) this.#held = undefined;
    const renewed = await this.#token(call);
    return renewed.kind === 'ok' ? sendWith(renewed.value) : notSent(renewed.error);
  }

  /** Asks for a new one, whatever there is. */
  async renew(call: Call): Promise<Outcome<Secret>> {
    if (!call.signal.aborted) {
      this.#renewal ??= this.#ask().finally(() => {
        this.#renewal = undefined;
      });
      const renewed = await unlessAborted(this.#renewal, call.signal);
      if (renewed) return renewed.kind === 'ok' ? ok(renewed.value.token) : renewed;
    }
    const error = new ProviderError(`${this.#asking.what}: cancelled`, {
      reason: 'ProviderUnreachable',
      retry: 'soon',
      status: 0,
      withheld: true,
    });
    return { kind: 'rejected', error };
  }

  async #token(call: Call): Promise<Outcome<Secret>> {
    const held = this.#held;
    return held && this.#asking.http.monotonic() < held.renewAt ? ok(held.token) : this.renew(call);
  }

  async #ask(): Promise<Outcome<Held>> {
    const outcome = await this.#asking.ask({ signal: new AbortController().signal });
    if (outcome.kind === 'ok') this.#held = outcome.value;
    return outcome;
  }
}

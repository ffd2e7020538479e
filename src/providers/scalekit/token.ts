import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path } from '../path.ts';
import type { Call } from '../provider.ts';
import { requestToken } from '../token-proof.ts';
import { interpret, type Operation } from './errors.ts';
import { tokenAnswer } from './wire.ts';

export const tokenPath = path`/oauth/token`;

interface Held {
  readonly token: Secret;
  /** Monotonic. */
  readonly renewAt: number;
}

/** Renewed so long before its end, or a tenth of its life where that is less. */
const RENEW_BEFORE_MS = 60_000;

/** Without an end it is good until it is refused; with one that makes no sense, for this once. */
const renewAfterMs = (seconds: number | string | null | undefined): number => {
  const lifeMs = Number(seconds ?? Number.POSITIVE_INFINITY) * 1000;
  return lifeMs > 0 ? lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 10) : 0;
};

const notSent = (error: ProviderError): Exchange => ({ kind: 'failure', left: false, error });

const cancelled = (): ProviderError =>
  new ProviderError('Scalekit management token: cancelled', {
    reason: 'ProviderUnreachable',
    retry: 'soon',
    status: 0,
    withheld: true,
  });

/** The promise goes on for whoever else waits for it. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const leave = (): void => resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });

/**
 * The token of the management client: one for all organizations of an environment, asked for when it is first needed
 * and before it ends, by one request however many wait for it.
 */
export class ManagementToken {
  readonly #http: ProviderHttp;
  readonly #clientId: string;
  readonly #secret: Secret;
  #held: Held | undefined;
  #renewal: Promise<Outcome<Held>> | undefined;

  constructor(http: ProviderHttp, clientId: string, secret: Secret) {
    this.#http = http;
    this.#clientId = clientId;
    this.#secret = secret;
  }

  /**
   * Sends with a token, and where that is refused once more with a new one. A write too: 401 is definite, nothing was
   * done. `call.leaveBy` holds for both.
   */
  async send(request: Request, call: Call): Promise<Exchange> {
    const token = await this.#token(call);
    if (token.kind !== 'ok') return notSent(token.error);
    const exchange = await this.#sendWith(token.value, request, call);
    if (exchange.kind !== 'answer' || exchange.status !== 401) return exchange;
    // Another call may have been refused before, and what it asked for is the new one.
    if (this.#held?.token === token.value) this.#held = undefined;
    const renewed = await this.#token(call);
    return renewed.kind === 'ok' ? this.#sendWith(renewed.value, request, call) : notSent(renewed.error);
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
    return { kind: 'rejected', error: cancelled() };
  }

  async #token(call: Call): Promise<Outcome<Secret>> {
    const held = this.#held;
    return held && this.#http.monotonic() < held.renewAt ? ok(held.token) : this.renew(call);
  }

  #sendWith(token: Secret, request: Request, call: Call): Promise<Exchange> {
    const headers = { ...request.headers, authorization: `Bearer ${token.reveal()}` };
    return this.#http.send({ ...request, headers }, call);
  }

  /** Its own signal: who waits may stop waiting. The connection's time-out ends it. */
  async #ask(): Promise<Outcome<Held>> {
    const began = this.#http.monotonic();
    const { signal } = new AbortController();
    const exchange = await requestToken(this.#http, tokenPath, this.#clientId, this.#secret, { signal });
    const operation: Operation = 'management token';
    const outcome = interpret(operation, exchange, false, (json): Held | undefined => {
      const parsed = tokenAnswer.safeParse(json);
      if (!parsed.success) return undefined;
      const { access_token: token, expires_in: seconds } = parsed.data;
      return { token: new Secret(token), renewAt: began + renewAfterMs(seconds) };
    });
    if (outcome.kind === 'ok') this.#held = outcome.value;
    return outcome;
  }
}

import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { Call } from '../provider.ts';
import { interpret, says } from './errors.ts';
import { loginAnswer } from './wire.ts';

/** `team/approle` is two segments. */
export const mountPath = (mount: string): Path =>
  mount.split('/').reduce((before, segment) => path`${before}/${segment}`, path`/v1/auth`);

/** What every request of the operator bears; the second one is asked for by agents that guard against forged requests. */
export const headersIn = (namespace: string): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-vault-request': 'true',
  ...(namespace !== '' && { 'x-vault-namespace': namespace }),
});

/** How the operator logs in. `undefined`: a gateway does it. */
export type Login =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'role'; readonly mount: string; readonly roleId: string; readonly secretId: Secret };

interface Held {
  readonly token: Secret;
  /** Monotonic. */
  readonly renewAt: number;
}

/** A new one is asked for after so much of its life: not only when it is refused. */
const RENEW_AFTER = 2 / 3;

/** Zero is without an end. */
const renewAfterMs = (leaseSeconds: number | null | undefined): number =>
  leaseSeconds ? leaseSeconds * 1000 * RENEW_AFTER : Number.POSITIVE_INFINITY;

const cancelled = (): ProviderError =>
  new ProviderError('Vault management login: cancelled', {
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

/** Sends requests with the operator's token; where it logs in itself, one login at a time, however many wait for it. */
export class Session {
  readonly #http: ProviderHttp;
  readonly #login: Login;
  readonly #headers: Readonly<Record<string, string>>;
  #held: Held | undefined;
  #renewal: Promise<Outcome<Held>> | undefined;

  constructor(http: ProviderHttp, login: Login, namespace: string) {
    this.#http = http;
    this.#login = login;
    this.#headers = headersIn(namespace);
  }

  /**
   * A token of a login that is refused is replaced, once. A write too: 403 is definite, nothing was done. That a right is
   * missing is another refusal, and no login changes that.
   */
  async send(request: Request, call: Call): Promise<Exchange> {
    const token = await this.#token(call);
    if (token.kind !== 'ok') return { kind: 'failure', left: false, error: token.error };
    const exchange = await this.#sendWith(token.value, request, call);
    if (this.#login.kind !== 'role' || !says(exchange, 403, 'invalid_token')) return exchange;
    // Another call may have been refused before, and what it asked for is the new one.
    if (this.#held?.token === token.value) this.#held = undefined;
    const renewed = await this.#token(call);
    return renewed.kind === 'ok'
      ? this.#sendWith(renewed.value, request, call)
      : { kind: 'failure', left: false, error: renewed.error };
  }

  async #token(call: Call): Promise<Outcome<Secret | undefined>> {
    const login = this.#login;
    if (login.kind !== 'role') return ok(login.kind === 'token' ? login.token : undefined);
    if (this.#held && this.#http.monotonic() < this.#held.renewAt) return ok(this.#held.token);
    if (call.signal.aborted) return { kind: 'rejected', error: cancelled() };
    this.#renewal ??= this.#ask(login).finally(() => {
      this.#renewal = undefined;
    });
    const renewed = await unlessAborted(this.#renewal, call.signal);
    if (!renewed) return { kind: 'rejected', error: cancelled() };
    return renewed.kind === 'ok' ? ok(renewed.value.token) : renewed;
  }

  #sendWith(token: Secret | undefined, request: Request, call: Call): Promise<Exchange> {
    const headers = { ...this.#headers, ...(token && { 'x-vault-token': token.reveal().trim() }) };
    return this.#http.send({ ...request, headers, management: true }, call);
  }

  /** Its own signal: who waits may stop waiting. The connection's time-out ends it. */
  async #ask({ mount, roleId, secretId }: Extract<Login, { kind: 'role' }>): Promise<Outcome<Held>> {
    const began = this.#http.monotonic();
    const { signal } = new AbortController();
    const exchange = await this.#http.send(
      {
        method: 'POST',
        path: path`${mountPath(mount)}/login`,
        headers: this.#headers,
        body: JSON.stringify({ role_id: roleId, secret_id: secretId.reveal().trim() }),
        management: true,
      },
      { signal },
    );
    const outcome = interpret('management login', exchange, false, (json): Held | undefined => {
      const parsed = loginAnswer.safeParse(json);
      if (!parsed.success) return undefined;
      const { client_token: token, lease_duration: seconds } = parsed.data.auth;
      return { token: new Secret(token), renewAt: began + renewAfterMs(seconds) };
    });
    if (outcome.kind === 'ok') this.#held = outcome.value;
    return outcome;
  }
}

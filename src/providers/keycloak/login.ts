import { Secret } from '../../runtime/secret.ts';
import { type Held, HeldToken } from '../held-token.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import type { Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { Call } from '../provider.ts';
import { requestToken } from '../token-proof.ts';
import { interpret, says } from './errors.ts';
import { tokenAnswer } from './wire.ts';

export const tokenPath = (realm: string): Path => path`/realms/${realm}/protocol/openid-connect/token`;

/** How the operator logs in. `undefined`: a gateway does it. */
export interface Login {
  readonly realm: string;
  readonly clientId: string;
  readonly secret: Secret;
}

/** A token of the realm master lives for a minute: a new one is asked for after so much of its life, not when it is refused. */
const RENEW_AFTER = 2 / 3;

/** Without an end it is good until it is refused; with one that makes no sense, for this once. */
const renewAfterMs = (seconds: number | null | undefined): number =>
  Math.max(0, (seconds ?? Number.POSITIVE_INFINITY) * 1000 * RENEW_AFTER);

const json = { 'content-type': 'application/json' };

/** Sends requests with the operator's token, one login at a time, however many wait for it. */
export class Session {
  readonly #http: ProviderHttp;
  readonly #held: HeldToken | undefined;

  constructor(http: ProviderHttp, login: Login | undefined) {
    this.#http = http;
    const ask = login && ((call: Call) => this.#ask(login, call));
    this.#held = ask && new HeldToken({ http, what: 'Keycloak management login', ask });
  }

  /** A token that is refused is replaced, once. That a right is missing is another refusal, and no login changes that. */
  async send(request: Request, call: Call): Promise<Exchange> {
    const sendWith = (token?: Secret): Promise<Exchange> => {
      const headers = { ...json, ...(token && { authorization: `Bearer ${token.reveal()}` }) };
      return this.#http.send({ ...request, headers, management: true }, call);
    };
    return this.#held
      ? await this.#held.send(call, sendWith, (exchange) => says(exchange, 401, 'unauthorized'))
      : await sendWith();
  }

  async #ask({ realm, clientId, secret }: Login, call: Call): Promise<Outcome<Held>> {
    const began = this.#http.monotonic();
    const exchange = await requestToken(this.#http, tokenPath(realm), clientId, secret, call);
    return interpret('management login', exchange, false, (answer): Held | undefined => {
      const parsed = tokenAnswer.safeParse(answer);
      if (!parsed.success) return undefined;
      const { access_token: token, expires_in: seconds } = parsed.data;
      return { token: new Secret(token), renewAt: began + renewAfterMs(seconds) };
    });
  }
}

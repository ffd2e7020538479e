import { Secret } from '../../runtime/secret.ts';
import { type Held, HeldToken } from '../held-token.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import type { Outcome } from '../outcome.ts';
import { path } from '../path.ts';
import type { Call } from '../provider.ts';
import { requestToken } from '../token-proof.ts';
import { interpret } from './errors.ts';
import { tokenAnswer } from './wire.ts';

export const tokenPath = path`/oauth/token`;

/** Renewed so long before its end, or a tenth of its life where that is less. */
const RENEW_BEFORE_MS = 60_000;

/** Without an end it is good until it is refused; with one that makes no sense, for this once. */
const renewAfterMs = (seconds: number | string | null | undefined): number => {
  const lifeMs = Number(seconds ?? Number.POSITIVE_INFINITY) * 1000;
  return lifeMs > 0 ? lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 10) : 0;
};

/** The token of the management client: one for all organizations of an environment. */
export class ManagementToken {
  readonly #http: ProviderHttp;
  readonly #held: HeldToken;

  constructor(http: ProviderHttp, clientId: string, secret: Secret) {
    this.#http = http;
    this.#held = new HeldToken({
      http,
      what: 'Scalekit management token',
      ask: (call) => askFor(http, clientId, secret, call),
    });
  }

  /** A token that is refused is replaced, once. */
  send(request: Request, call: Call): Promise<Exchange> {
    return this.#held.send(
      call,
      (token) => {
        const headers = { ...request.headers, authorization: `Bearer ${token.reveal()}` };
        return this.#http.send({ ...request, headers }, call);
      },
      (exchange) => exchange.kind === 'answer' && exchange.status === 401,
    );
  }

  /** Asks for a new one, whatever there is. */
  renew(call: Call): Promise<Outcome<Secret>> {
    return this.#held.renew(call);
  }
}

const askFor = async (
  http: ProviderHttp,
  clientId: string,
  secret: Secret,
  call: Call,
): Promise<Outcome<Held>> => {
  const began = http.monotonic();
  const exchange = await requestToken(http, tokenPath, clientId, secret, call);
  return interpret('management token', exchange, false, (json): Held | undefined => {
    const parsed = tokenAnswer.safeParse(json);
    if (!parsed.success) return undefined;
    const { access_token: token, expires_in: seconds } = parsed.data;
    return { token: new Secret(token), renewAt: began + renewAfterMs(seconds) };
  });
};

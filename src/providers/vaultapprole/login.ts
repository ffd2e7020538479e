import { Secret } from '../../runtime/secret.ts';
import { type Held, HeldToken } from '../held-token.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import type { OwnToken } from '../module.ts';
import { ok, type Outcome } from '../outcome.ts';
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

/** What the operator logs in with for a token of Vault. */
type OwnLogin =
  | { readonly kind: 'role'; readonly mount: string; readonly roleId: string; readonly secretId: Secret }
  | {
      readonly kind: 'kubernetes';
      readonly mount: string;
      readonly role: string;
      readonly ownToken: OwnToken;
    };

/** How the operator logs in. */
export type Login =
  | { readonly kind: 'gateway' }
  | { readonly kind: 'token'; readonly token: Secret }
  | OwnLogin;

/** What is sent at a login, which holds a secret. */
const bodyOf = async (login: OwnLogin, call: Call): Promise<Outcome<string>> => {
  if (login.kind === 'role')
    return ok(JSON.stringify({ role_id: login.roleId, secret_id: login.secretId.reveal().trim() }));
  const jwt = await login.ownToken(call);
  return jwt.kind === 'ok' ? ok(JSON.stringify({ role: login.role, jwt: jwt.value.reveal() })) : jwt;
};

/** A new one is asked for after so much of its life: not only when it is refused. */
const RENEW_AFTER = 2 / 3;

/** Zero is without an end. */
const renewAfterMs = (leaseSeconds: number | null | undefined): number =>
  leaseSeconds ? leaseSeconds * 1000 * RENEW_AFTER : Number.POSITIVE_INFINITY;

/** Sends requests with the operator's token; where it logs in itself, one login at a time, however many wait for it. */
export class Session {
  readonly #http: ProviderHttp;
  readonly #login: Login;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #held: HeldToken | undefined;

  constructor(http: ProviderHttp, login: Login, namespace: string) {
    this.#http = http;
    this.#login = login;
    this.#headers = headersIn(namespace);
    const isOwn = login.kind === 'role' || login.kind === 'kubernetes';
    const ask = isOwn ? (call: Call) => this.#ask(login, call) : undefined;
    this.#held = ask && new HeldToken({ http, what: 'Vault management login', ask });
  }

  /** A token of a login that is refused is replaced, once. That a right is missing is another refusal, and no login changes that. */
  async send(request: Request, call: Call): Promise<Exchange> {
    const login = this.#login;
    const sendWith = (token?: Secret): Promise<Exchange> => this.#sendWith(token, request, call);
    return this.#held
      ? await this.#held.send(call, sendWith, (exchange) => says(exchange, 403, 'invalid_token'))
      : await sendWith(login.kind === 'token' ? login.token : undefined);
  }

  #sendWith(token: Secret | undefined, request: Request, call: Call): Promise<Exchange> {
    const headers = { ...this.#headers, ...(token && { 'x-vault-token': token.reveal().trim() }) };
    return this.#http.send({ ...request, headers, management: true }, call);
  }

  async #ask(login: OwnLogin, call: Call): Promise<Outcome<Held>> {
    const body = await bodyOf(login, call);
    if (body.kind !== 'ok') return body;
    const began = this.#http.monotonic();
    const exchange = await this.#http.send(
      {
        method: 'POST',
        path: path`${mountPath(login.mount)}/login`,
        headers: this.#headers,
        body: body.value,
        management: true,
      },
      call,
    );
    return interpret('management login', exchange, false, (json): Held | undefined => {
      const parsed = loginAnswer.safeParse(json);
      if (!parsed.success) return undefined;
      const { client_token: token, lease_duration: seconds } = parsed.data.auth;
      return { token: new Secret(token), renewAt: began + renewAfterMs(seconds) };
    });
  }
}

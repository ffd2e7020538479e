import { type RawAnswer, rawRequest } from '../../simulators/raw-client.ts';

/** Before a token ends: it may be a while until a request with it arrives. */
const MARGIN_MS = 15_000;

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Requests to the admin API as a service account. Tokens of the realm `master` live for a minute, so they are renewed. */
export class AdminSession {
  readonly #url: string;
  readonly #login: { readonly clientId: string; readonly secret: string };
  readonly #realm: string;
  #token: { readonly value: string; readonly endsAt: number } | undefined;

  constructor(url: string, login: { readonly clientId: string; readonly secret: string }, realm = 'master') {
    this.#url = url;
    this.#login = login;
    this.#realm = realm;
  }

  /** An answer of 4xx or 5xx is an answer too. */
  async call(method: Method, path: string, json?: unknown): Promise<RawAnswer> {
    const headers = { authorization: `Bearer ${await this.token()}` };
    return await rawRequest(`${this.#url}${path}`, {
      method,
      headers,
      ...(json === undefined ? {} : { json }),
    });
  }

  /** For what prepares a test: anything but success is an error. */
  async done(method: Method, path: string, json?: unknown): Promise<RawAnswer> {
    const answer = await this.call(method, path, json);
    if (answer.status >= 300) throw new Error(`Keycloak: ${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  async token(): Promise<string> {
    if (this.#token === undefined || performance.now() > this.#token.endsAt) await this.renew();
    return this.#token?.value ?? '';
  }

  /** A token holds the rights of the time at which it was issued: in a realm that is younger it has none. */
  async renew(): Promise<void> {
    const { clientId, secret } = this.#login;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    });
    const { status, json, text } = await rawRequest(
      `${this.#url}/realms/${this.#realm}/protocol/openid-connect/token`,
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, text: form.toString() },
    );
    if (status !== 200) throw new Error(`Keycloak: no token for ${clientId}: ${status} ${text}`);
    this.#token = {
      value: json.access_token,
      endsAt: performance.now() + json.expires_in * 1000 - MARGIN_MS,
    };
  }
}

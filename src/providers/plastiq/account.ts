import { Secret } from '../../runtime/secret.ts';
import type { Exchange, ProviderHttp, Request } from '../http.ts';
import { withoutValue, type Outcome } from '../outcome.ts';
import type { Account, EphemeralCalls, Call, Capabilities, NewCredential, Wish } from '../provider.ts';
import { path } from '../path.ts';
import { interpret } from './errors.ts';
import {
  caveat,
  defaultEntries,
  endUserHeaders,
  lifetimeMs,
  refuse,
  secretBody,
  secretPath,
  terms,
} from './fields.ts';
import { checkAnswer, secretAnswer } from './wire.ts';

export const capabilities: Capabilities = {
  style: 'ephemeral',
  choosesClientId: false,
  createsCredential: true,
  canList: false,
  listsByOrganization: false,
  pageSize: 0,
  credentialLimit: undefined,
  keepsLastCredential: false,
  marksCredentials: false,
  writesKeySet: false,
  updatesInParts: false,
  marksLater: false,
  identifiesCredentials: false,
  proofTimeMs: 0,
  readLagMs: 0,
  reports: { suffix: false, lastUse: false, expiry: true },
  canDeactivate: false,
  fields: ['plastiq'],
  clearable: [],
  textLimits: { displayName: 0, description: 0 },
  secretFields: ['ClientSecret'],
};

/** Four characters give a short secret away, and what is not printable has no place in an annotation. */
const credentialId = (secret: string): string => /^.{12,}([!-~]{4})$/su.exec(secret)?.[1] ?? 'unnamed';

/**
 * Plastiq's client secrets (https://docs.developer.plastiq.com/docs/client-secrets-overview): write-only, without an
 * id, and gone by themselves. `apiKey`: undefined where a gateway injects it.
 */
export class PlastiqAccount implements Account, EphemeralCalls {
  readonly ephemeral = this;

  readonly id: string;
  readonly type = 'Plastiq';
  readonly capabilities = capabilities;
  /** There are no tokens: the secret itself is the bearer. */
  readonly tokenUrl = '';
  readonly issuer: string;
  readonly styleOf = () => capabilities.style;
  readonly defaultEntries = defaultEntries;
  readonly refuse = refuse;
  readonly caveat = caveat;
  readonly terms = terms;
  readonly #http: ProviderHttp;
  readonly #apiKey: Secret | undefined;
  readonly #newTraceId: () => string;

  constructor(
    accountId: string,
    baseUrl: string,
    apiKey: Secret | undefined,
    http: ProviderHttp,
    newTraceId: () => string,
  ) {
    this.id = accountId;
    this.issuer = baseUrl.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    this.#http = http;
    this.#newTraceId = newTraceId;
  }

  within(): Account {
    return this;
  }

  /** A read that is documented and cheap, and needs the API key. */
  async check(call: Call): Promise<Outcome<void>> {
    const exchange = await this.#send({ method: 'GET', path: path`/categories`, page: true }, call);
    const outcome = interpret(
      'check',
      exchange,
      false,
      (answer) => checkAnswer.safeParse(answer).success || undefined,
    );
    return withoutValue(outcome);
  }

  async issue(wish: Wish, call: Call): Promise<Outcome<NewCredential>> {
    // From before the request: the provider counts from a moment after it.
    const expiryTime = this.#http.now() + lifetimeMs(wish);
    const exchange = await this.#send(
      {
        method: 'POST',
        path: secretPath(wish),
        headers: { 'content-type': 'application/json' },
        clientHeaders: endUserHeaders(wish),
        body: JSON.stringify(secretBody(wish)),
      },
      call,
    );
    return interpret('issue', exchange, true, (answer) => {
      const parsed = secretAnswer.safeParse(answer);
      if (!parsed.success) return undefined;
      const { clientSecret } = parsed.data;
      return {
        id: credentialId(clientSecret),
        values: { ClientSecret: new Secret(clientSecret) },
        expiryTime,
        terms: terms(wish),
      };
    });
  }

  differences(): readonly string[] {
    return [];
  }

  identify(): undefined {}

  async close(): Promise<void> {
    await this.#http.close();
  }

  #send(request: Request, call: Call): Promise<Exchange> {
    const requestId = this.#newTraceId();
    const headers = {
      ...request.headers,
      'trace-id': requestId,
      ...(this.#apiKey && { authorization: `Bearer ${this.#apiKey.reveal()}` }),
    };
    return this.#http.send({ ...request, headers, requestId, management: true }, call);
  }
}

import { type RawAnswer, rawRequest } from '../raw-client.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
interface Called {
  readonly url: string;
  readonly credentials: { readonly apiKey: string };
}

/** A caller of one simulator's API, with the API key that is the newest at the time of the call. */
export const apiClient =
  (simulator: Called) =>
  (method: Method, path: string, json?: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> =>
    rawRequest(simulator.url + path, {
      method,
      headers: { authorization: `Bearer ${simulator.credentials.apiKey}`, ...headers },
      ...(json === undefined ? {} : { json }),
    });

const card = {
  cardHolderName: 'A Payer',
  accountNumber: '4111111111111111',
  cvv: '123',
  expirationMonth: 12,
  expirationYear: 2030,
};

/** What the end user's browser does with a client secret: it stores a card. */
export const storeCard = (
  simulator: { readonly url: string },
  secret: string,
  payerId: string,
): Promise<RawAnswer> =>
  rawRequest(`${simulator.url}/payment-methods`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    json: { type: 'CARD', data: card, payer: { id: payerId } },
  });

import { type RawAnswer, rawRequest } from '../raw-client.ts';

/** A caller of one simulator's API, with the management key that is valid at the time of the call, or another bearer. */
export const managementClient =
  (simulator: { readonly url: string; readonly credentials: { readonly accessKey: string } }) =>
  (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    json?: unknown,
    bearer: string = simulator.credentials.accessKey,
  ): Promise<RawAnswer> =>
    rawRequest(simulator.url + path, {
      method,
      headers: { authorization: `Bearer ${bearer}` },
      ...(json === undefined ? {} : { json }),
    });

import { basic, type RawAnswer, rawRequest } from '../raw-client.ts';

/** A caller of one simulator's management API, with the credentials that are valid at the time of the call. */
export const managementClient =
  (simulator: { readonly url: string; readonly credentials: { projectId: string; secret: string } }) =>
  (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    json?: unknown,
    signal?: AbortSignal,
  ): Promise<RawAnswer> => {
    const { projectId, secret } = simulator.credentials;
    return rawRequest(simulator.url + path, {
      method,
      headers: { authorization: basic(projectId, secret) },
      ...(json === undefined ? {} : { json }),
      ...(signal === undefined ? {} : { signal }),
    });
  };

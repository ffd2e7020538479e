import { type RawAnswer, rawRequest } from '../raw-client.ts';
import type { ScalekitCredentials } from './console.ts';

interface Reachable {
  readonly url: string;
  readonly credentials: ScalekitCredentials;
}

/** Asks the token endpoint, with a form. */
export const requestToken = (
  { url }: { readonly url: string },
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> =>
  rawRequest(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    text: new URLSearchParams(parameters).toString(),
  });

/** A token of the management client, with the credentials that are valid now. */
export const managementToken = async (simulator: Reachable): Promise<string> => {
  const { clientId, clientSecret } = simulator.credentials;
  const answer = await requestToken(simulator, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  });
  return answer.json.access_token as string;
};

/** A caller of one simulator's management API: paths are below the clients of its first organization. */
export const managementClient = (simulator: Reachable) => {
  let token: Promise<string> | undefined;
  return async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    json?: unknown,
    organizationId = simulator.credentials.organizationId,
  ): Promise<RawAnswer> => {
    token ??= managementToken(simulator);
    return rawRequest(`${simulator.url}/api/v1/organizations/${organizationId}/clients${path}`, {
      method,
      headers: { authorization: `Bearer ${await token}` },
      ...(json === undefined ? {} : { json }),
    });
  };
};

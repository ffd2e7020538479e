import type { Secret } from '../runtime/secret.ts';
import type { Exchange, ProviderHttp } from './http.ts';
import { ProviderError, withoutValue, type Outcome } from './outcome.ts';
import type { Path } from './path.ts';
import type { Call } from './provider.ts';

/** RFC 6749, section 4.4. */
export const requestToken = (
  http: ProviderHttp,
  path: Path,
  clientId: string,
  secret: Secret | undefined,
  call: Call,
): Promise<Exchange> =>
  http.send(
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret?.reveal() ?? '',
      }).toString(),
    },
    call,
  );

/** What the token endpoint of a provider of this name says of a credential. The token is looked at no further. */
export const tokenProof = (provider: string, outcome: Outcome<unknown>): Outcome<void> => {
  if (outcome.kind === 'ok') return withoutValue(outcome);
  const { status, errorType, requestId } = outcome.error;
  // A gateway's or a proxy's 4xx is no word of the token endpoint, whose errors have a name (RFC 6749, section
  // 5.2): only these say that the credential is wrong.
  const refused =
    errorType !== undefined && (status === 401 || (status === 400 && /client|credential/.test(errorType)));
  if (!refused) return outcome;
  return {
    kind: 'rejected',
    error: new ProviderError(`${provider} token: HTTP ${status} ${errorType}`, {
      reason: 'CredentialRefused',
      retry: 'later',
      status,
      errorType,
      requestId,
    }),
  };
};

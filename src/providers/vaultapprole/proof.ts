import { Secret } from '../../runtime/secret.ts';
import type { ProviderHttp } from '../http.ts';
import { ok, ProviderError, type Outcome } from '../outcome.ts';
import { path, type Path } from '../path.ts';
import type { Call } from '../provider.ts';
import { interpret, says } from './errors.ts';
import { loginAnswer, tokenAnswer } from './wire.ts';

/** How Vault is asked whether a credential works: never with the token of the operator. */
export interface Prover {
  readonly http: ProviderHttp;
  readonly mount: Path;
  readonly headers: Readonly<Record<string, string>>;
  /** A gateway may put its own token in the place of the one that a proof has got. */
  readonly gateway: boolean;
}

const refused = (said: string, status = 0): Outcome<never> => ({
  kind: 'rejected',
  error: new ProviderError(`Vault login: ${said}`, { reason: 'CredentialRefused', retry: 'later', status }),
});

/** Each proof leaves a token, and is no longer for taking it back than this. */
const REVOCATION_MS = 2_000;

const tokenPath = path`/v1/auth/token`;

/**
 * The token ends itself. Where that fails nothing follows from it: it ends at the end of its own life, and the credential is
 * as good as it is. Behind a gateway it is made sure first that it is this token which is heard there: of its own one a
 * gateway would be robbed.
 */
const revoke = async (
  { http, headers: common, gateway }: Prover,
  { token, accessor }: { readonly token: Secret; readonly accessor: string | undefined },
  { signal, permit }: Call,
): Promise<void> => {
  // No header of the connection may stand in the place of this one: then another token would end.
  const clientHeaders = { 'x-vault-token': token.reveal() };
  const own = { headers: common, clientHeaders, timeoutMs: REVOCATION_MS };
  if (gateway) {
    const self = path`${tokenPath}/lookup-self`;
    const exchange = await http.send({ method: 'GET', path: self, ...own }, { signal, permit });
    const shown = interpret('token lookup', exchange, false, (json) => tokenAnswer.safeParse(json).data);
    if (accessor === undefined || shown.kind !== 'ok' || shown.value.data.accessor !== accessor) return;
  }
  await http.send({ method: 'POST', path: path`${tokenPath}/revoke-self`, ...own }, { signal, permit });
};

/** Logs in as the client does. */
export const prove = async (
  prover: Prover,
  name: string,
  roleId: string,
  secretId: Secret,
  call: Call,
): Promise<Outcome<void>> => {
  const { http, mount, headers } = prover;
  const body = JSON.stringify({ role_id: roleId, secret_id: secretId.reveal() });
  const exchange = await http.send({ method: 'POST', path: path`${mount}/login`, headers, body }, call);
  if (says(exchange, 400, 'invalid_login')) return refused('HTTP 400 invalid_login', 400);
  // It is good, and not for an address of the operator.
  if (says(exchange, 400, 'address_refused')) return ok(undefined);
  const outcome = interpret('login', exchange, false, (json) => loginAnswer.safeParse(json).data?.auth);
  if (outcome.kind !== 'ok') return outcome;
  const { client_token: token, accessor, metadata } = outcome.value;
  await revoke(prover, { token: new Secret(token), accessor: accessor ?? undefined }, call);
  const role = metadata?.role_name;
  return role === undefined || role === name ? ok(undefined) : refused('it opens another role', 200);
};

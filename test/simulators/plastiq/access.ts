import type { Call } from '../provider.ts';
import type { ClientSecret, PlastiqAccount } from './account.ts';
import { PlastiqFailure } from './errors.ts';

const bearer = ({ headers }: Call): string | undefined =>
  /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];

/** Throws unless the caller has a good API key, and may call from where it is. */
export const checkApiKey = (account: PlastiqAccount, call: Call): void => {
  const { accountMode, allowedAddresses } = account.switches;
  if (accountMode === 'maintenance') throw new PlastiqFailure(503);
  if (accountMode === 'unauthorized') throw new PlastiqFailure(401);
  if (accountMode === 'forbidden') throw new PlastiqFailure(403);
  if (allowedAddresses.length > 0 && !allowedAddresses.includes(call.address))
    throw new PlastiqFailure(403, 'the address is not allowed');
  if (call.vouchedFor) return;
  const key = bearer(call);
  if (key === undefined || !account.acceptsKey(key)) throw new PlastiqFailure(401);
};

/** The client secret that the caller logs in with; undefined: an API key. Throws on what is neither. */
export const checkEither = (account: PlastiqAccount, call: Call): ClientSecret | undefined => {
  const given = bearer(call);
  const secret = given === undefined ? undefined : account.findSecret(given);
  if (secret === undefined) {
    checkApiKey(account, call);
    return undefined;
  }
  const { expiredSecretStatus, spentSecretStatus, singleUseV1, singleUseV2 } = account.switches;
  const isSingleUse = secret.version === 'V1' ? singleUseV1 : singleUseV2;
  if (account.clock.now() >= secret.expiresAt) throw new PlastiqFailure(expiredSecretStatus);
  if (isSingleUse && secret.usedAt !== null) throw new PlastiqFailure(spentSecretStatus);
  return secret;
};

/** Throws where the secret is another payer's. */
export const checkPayerOf = (
  account: PlastiqAccount,
  secret: ClientSecret | undefined,
  payerId: string,
): void => {
  if (secret !== undefined && secret.payerId !== payerId)
    throw new PlastiqFailure(account.switches.foreignPayerStatus);
};

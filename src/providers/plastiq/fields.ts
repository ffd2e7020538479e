import { hash } from 'node:crypto';
import type { EntryField } from '../../api/schema/machine-client-secret.ts';
import { path, type Path } from '../path.ts';
import type { Entries, Refusal, Wish } from '../provider.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Who reads no `spec.plastiq` at all takes its defaults: the second version, bound to no payer. */
const isFirstVersion = ({ spec }: Wish): boolean => spec.plastiq?.version === 'V1';

/** Documented for each endpoint: no answer says it. */
export const lifetimeMs = (wish: Wish): number => (isFirstVersion(wish) ? 60_000 : 30 * 60_000);

const ofClients: readonly EntryField[] = ['ClientID', 'PrivateKey', 'AccessKey', 'TokenURL', 'Scopes'];

/** The first of the spec's fields that needs a client, and here there are only secrets. */
const meaningless = ({ spec }: Wish): string | undefined => {
  if (spec.state === 'Inactive') return 'spec.state Inactive';
  if (spec.adoptionPolicy === 'Existing') return 'spec.adoptionPolicy Existing';
  for (const [index, { field }] of (spec.secret.entries ?? []).entries())
    if (ofClients.includes(field)) return `spec.secret.entries[${index}].field ${field}`;
  return undefined;
};

const wrongPayer = (wish: Wish): Refusal | undefined => {
  const { payerId } = wish.spec.plastiq ?? {};
  if (payerId === undefined)
    return isFirstVersion(wish)
      ? {
          reason: 'FieldRequired',
          message: 'spec.plastiq.payerId is required with version V1: such a secret belongs to a payer',
        }
      : undefined;
  return uuid.test(payerId)
    ? undefined
    : {
        reason: 'FieldNotSupported',
        message: "spec.plastiq.payerId must be a UUID: it is the payer's id at Plastiq",
      };
};

export const refuse = (wish: Wish): Refusal | undefined => {
  const field = meaningless(wish);
  return field === undefined
    ? wrongPayer(wish)
    : { reason: 'FieldNotSupported', message: `${field} means nothing to Plastiq; remove it` };
};

/** What a stored secret is good for, where that is less than one would think. */
export const caveat = (wish: Wish): string =>
  isFirstVersion(wish)
    ? 'it works once, and for 60 seconds after it was issued: whoever uses it first spends it, so it is of use only to a consumer that takes it at once'
    : 'it works for 30 minutes, and Plastiq calls it a one-time token: that it may be used again is not promised';

export const secretPath = (wish: Wish): Path =>
  isFirstVersion(wish) ? path`/client-secrets` : path`/v2/client-secrets`;

/** Only the first version knows a type. Nothing that is not documented is sent: it might be refused. */
export const secretBody = (wish: Wish): Record<string, unknown> => {
  const { payerId } = wish.spec.plastiq ?? {};
  return {
    ...(payerId !== undefined && { payer: { id: payerId } }),
    ...(isFirstVersion(wish) && { type: 'CARD' }),
  };
};

/** The service wants to know for whom a backend asks; without a `User-Agent` it may refuse. */
export const endUserHeaders = ({ spec }: Wish): Record<string, string> => {
  const { userAgent, ipAddress, deviceId } = spec.plastiq?.endUser ?? {};
  return {
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
    ...(ipAddress !== undefined && { 'end-user-ip': ipAddress }),
    ...(deviceId !== undefined && { 'end-user-device-id': deviceId }),
  };
};

/** The end user is part of it: on whose behalf a secret was asked for is not to change under its name. */
export const terms = ({ spec }: Wish): string => {
  const { version = 'V2', payerId, secretType = 'Card', endUser = {} } = spec.plastiq ?? {};
  const { userAgent, ipAddress, deviceId } = endUser;
  const all = [version, payerId, secretType, userAgent, ipAddress, deviceId].map((part) => part ?? null);
  return hash('sha256', JSON.stringify(all), 'base64url').slice(0, 16);
};

const entries: Entries = [
  { key: 'client-secret', field: 'ClientSecret' },
  { key: 'expiry-time', field: 'ExpiryTime' },
];
export const defaultEntries = (): Entries => entries;

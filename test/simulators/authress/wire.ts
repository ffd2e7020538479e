import type { AuthressClient, AuthressKey } from './account.ts';
import type { AuthressSwitches } from './switches.ts';

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** A key as every answer shows it: without secrets. */
export const keyToWire = (
  { clientId }: AuthressClient,
  key: AuthressKey,
  switches: AuthressSwitches,
): Record<string, unknown> => {
  const { publicKeyEcho, generationDates } = switches;
  return {
    keyId: key.keyId,
    clientId,
    ...(generationDates === 'present' && { generationDate: time(key.generatedAt) }),
    ...(publicKeyEcho !== 'absent' && {
      publicKey: publicKeyEcho === 'exact' ? key.publicKey : key.publicKey.replace(/=+$/, ''),
    }),
  };
};

/** The answer that brings a key: the one time that its secrets are shown. */
export const newKeyToWire = (
  client: AuthressClient,
  key: AuthressKey,
  switches: AuthressSwitches,
): Record<string, unknown> => {
  const { publicKey, ...shown } = keyToWire(client, key, switches);
  return {
    ...shown,
    ...(key.accessKey === null && publicKey !== undefined && { publicKey }),
    ...(key.accessKey !== null && { accessKey: key.accessKey.value }),
    ...(key.clientSecret !== null && { clientSecret: key.clientSecret.value }),
  };
};

const isEmpty = (collection: object): boolean => Object.keys(collection).length === 0;

export const toWire = (client: AuthressClient, switches: AuthressSwitches): Record<string, unknown> => {
  const keys = switches.keyOrder === 'created' ? client.keys : client.keys.toReversed();
  const collections = {
    rateLimits: client.rateLimits,
    tags: client.tags,
    verificationKeys: keys.map((key) => keyToWire(client, key, switches)),
  };
  const shown = Object.entries(collections).filter(
    ([, collection]) => switches.emptyCollections === 'present' || !isEmpty(collection),
  );
  return { ...summaryToWire(client), options: client.options, ...Object.fromEntries(shown) };
};

export const summaryToWire = (client: AuthressClient): Record<string, unknown> => ({
  clientId: client.clientId,
  createdTime: time(client.createdAt),
  name: client.name,
});

import { newKey } from './assertions.ts';

/** Keycloak counts in seconds, as texts. */
export const wordsOfTime = () => {
  const now = Math.floor(Date.now() / 1000);
  return { past: `${now - 10}`, now: `${now}`, soon: `${now + 3600}`, far: `${now + 13 * 365 * 86_400}` };
};

/** Two keys of a client, and what each signs for a token of this issuer. */
export const wordsOfKeys = (clientId: string, issuer: string) => {
  const [first, second] = [newKey(), newKey()];
  const { kid } = first.jwk;
  const now = Math.floor(Date.now() / 1000);
  const set = (...keys: readonly ReturnType<typeof newKey>[]): string =>
    JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  return {
    bothKeys: set(first, second),
    secondKey: set(second),
    firstKey: set(first),
    noKeys: set(),
    otherKeyOfThatName: set({ ...second, jwk: { ...second.jwk, kid } }),
    toSomebodyElse: first.assertion(clientId, 'http://127.0.0.1/realms/another-one'),
    pastAssertion: first.assertion(clientId, issuer, { iat: now - 120, exp: now - 60 }),
    futureAssertion: first.assertion(clientId, issuer, { iat: now + 300, exp: now + 330 }),
    firstAssertion: first.assertion(clientId, issuer),
    secondAssertion: second.assertion(clientId, issuer),
    thirdAssertion: first.assertion(clientId, issuer),
    fourthAssertion: second.assertion(clientId, issuer),
  };
};

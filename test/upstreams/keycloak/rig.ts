import { setTimeout as sleep } from 'node:timers/promises';
import { basic } from '../../simulators/raw-client.ts';
import { sendTo } from '../wire/http.ts';
import type { Place, Rig } from '../wire/rig.ts';
import { AdminSession } from './admin-session.ts';
import { BOOT } from './install.ts';
import type { KeycloakAct } from './parts.ts';
import type { KeycloakServer } from './keycloak.ts';
import type { Realm } from './realm.ts';
import { wordsOfKeys, wordsOfTime } from './words.ts';

/**
 * A real Keycloak, asked at this address, its own or that of a proxy. Each place is a realm; in the one that is called
 * `bound`, the rotation policy is from the start.
 */
export const realKeycloakRig = (
  keycloak: KeycloakServer,
  url: string,
  end: () => PromiseLike<void> = async () => {},
): Rig<KeycloakAct> => {
  const places = new Map<string, Promise<Place<KeycloakAct>>>();
  return {
    place: (name = 'shared') => {
      const place = places.get(name) ?? newPlace(keycloak, url, name === 'bound');
      places.set(name, place);
      return place;
    },
    [Symbol.asyncDispose]: end,
  };
};

const newPlace = async (
  keycloak: KeycloakServer,
  url: string,
  isBound: boolean,
): Promise<Place<KeycloakAct>> => {
  const realm = await keycloak.realm(url);
  if (isBound) await realm.bindRotationPolicy();
  const sessions: Readonly<Record<string, { token(): Promise<string> }>> = {
    operator: realm.operator.session,
    powerless: realm.powerless.session,
    admin: new AdminSession(url, BOOT),
    forged: { token: async () => 'forged' },
  };
  const authorization = async (as: string): Promise<Record<string, string>> => {
    if (as === 'nobody') return {};
    const [, user = '', password = ''] = /^basic (.+?):(.+)$/.exec(as) ?? [];
    if (user !== '') return { authorization: basic(user, password) };
    const session = sessions[as];
    if (!session) throw new Error(`nobody is called ${as}`);
    return { authorization: `Bearer ${await session.token()}` };
  };
  return {
    words: (own) => ({
      ...wordsOfKeys(`${own}-one`, realm.issuer),
      ...wordsOfTime(),
      boot: BOOT.clientId,
      bootSecret: BOOT.secret,
      realm: realm.name,
      url,
    }),
    send: async (asked) => sendTo(url, asked, await authorization(asked.as)),
    act: (deed) => deeds(realm)[deed](),
  };
};

/** Time enough to log in once on a busy machine. */
const SHORT_S = 6;

const deeds = (realm: Realm): Readonly<Record<KeycloakAct, () => Promise<void>>> => ({
  bind: () => realm.bindRotationPolicy(),
  'bind for seconds': () =>
    realm.bindRotationPolicy({ expires: SHORT_S, rotatedExpires: SHORT_S, remaining: 1 }),
  unbind: () => realm.unbindRotationPolicy(),
  // It has no other clock than that of the machine.
  'let secrets expire': () => sleep((SHORT_S + 1) * 1000),
});

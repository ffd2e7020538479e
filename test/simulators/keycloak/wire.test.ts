import { describe } from 'vitest';
import { clientBehaviours } from '../../upstreams/keycloak/client-behaviours.ts';
import { loginBehaviours } from '../../upstreams/keycloak/login-behaviours.ts';
import { machineBehaviours } from '../../upstreams/keycloak/machine-behaviours.ts';
import type { KeycloakAct } from '../../upstreams/keycloak/parts.ts';
import { keyBehaviours } from '../../upstreams/keycloak/rotation-behaviours.ts';
import { wordsOfKeys, wordsOfTime } from '../../upstreams/keycloak/words.ts';
import { sendTo } from '../../upstreams/wire/http.ts';
import type { Place, Rig } from '../../upstreams/wire/rig.ts';
import { wireBehaviours } from '../../upstreams/wire/suite.ts';
import { basic, rawRequest } from '../raw-client.ts';
import type { Login } from './account.ts';
import { type KeycloakSimulator, startKeycloakSimulator } from './simulator.ts';

/** The very same lists that a real server is held to (test/upstreams/keycloak). Where the two differ, this one is wrong. */

const tokenOf = async (url: string, { realm, clientId, secret }: Login): Promise<string> => {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret.value,
  });
  const { json } = await rawRequest(`${url}/realms/${realm}/protocol/openid-connect/token`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: form.toString(),
  });
  return json.access_token as string;
};

const placeIn = ({ url, realm, logins }: KeycloakSimulator): Place<KeycloakAct> => {
  const [operator, powerless, admin] = logins as readonly [Login, Login, Login];
  const known: Readonly<Record<string, Login>> = { operator, powerless, admin };
  const authorization = async (as: string): Promise<Record<string, string>> => {
    if (as === 'nobody') return {};
    const [, user = '', password = ''] = /^basic (.+?):(.+)$/.exec(as) ?? [];
    if (user !== '') return { authorization: basic(user, password) };
    const login = known[as];
    return { authorization: `Bearer ${login ? await tokenOf(url, login) : as}` };
  };
  return {
    words: (own) => ({
      ...wordsOfKeys(`${own}-one`, `${url}/realms/${realm}`),
      ...wordsOfTime(),
      boot: admin.clientId,
      bootSecret: admin.secret.value,
      realm,
      url,
    }),
    send: async (asked) => sendTo(url, asked, await authorization(asked.as)),
    act: (deed) => Promise.reject(new Error(`the simulator cannot ${deed}`)),
  };
};

const startRig = async (): Promise<Rig<KeycloakAct>> => {
  const simulator = await startKeycloakSimulator();
  return {
    place: async () => placeIn(simulator),
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
};

describe('the simulator, as a real Keycloak', () => {
  wireBehaviours([...loginBehaviours, ...clientBehaviours, ...keyBehaviours, ...machineBehaviours], startRig);
});

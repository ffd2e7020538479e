import { describe } from 'vitest';
import { clientBehaviours } from '../../upstreams/keycloak/client-behaviours.ts';
import { loginBehaviours } from '../../upstreams/keycloak/login-behaviours.ts';
import { machineBehaviours } from '../../upstreams/keycloak/machine-behaviours.ts';
import type { KeycloakAct } from '../../upstreams/keycloak/parts.ts';
import { keyBehaviours, rotationBehaviours } from '../../upstreams/keycloak/rotation-behaviours.ts';
import { wordsOfKeys, wordsOfTime } from '../../upstreams/keycloak/words.ts';
import { sendTo } from '../../upstreams/wire/http.ts';
import type { Place, Rig } from '../../upstreams/wire/rig.ts';
import { wireBehaviours } from '../../upstreams/wire/suite.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
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

const YEAR_MS = 365 * 86_400_000;
const SHORT_MS = 6_000;

const placeIn = (simulator: KeycloakSimulator, pass: (ms: number) => void): Place<KeycloakAct> => {
  const { url, realm, logins } = simulator;
  const deeds: Readonly<Record<KeycloakAct, () => void>> = {
    bind: () => simulator.setSwitches({ secretLifeMs: YEAR_MS }),
    'bind for seconds': () => simulator.setSwitches({ secretLifeMs: SHORT_MS }),
    unbind: () => simulator.setSwitches({ secretLifeMs: 0 }),
    'let secrets expire': () => pass(SHORT_MS + 1_000),
  };
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
    act: async (deed) => deeds[deed](),
  };
};

/** Each place is a simulator of its own, as it is a realm of its own at a real server. */
const startRig = async (): Promise<Rig<KeycloakAct>> => {
  await using stack = new AsyncDisposableStack();
  const places = new Map<string, Promise<Place<KeycloakAct>>>();
  const newPlace = async (isBound: boolean): Promise<Place<KeycloakAct>> => {
    let passed = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + passed };
    const switches = isBound ? { secretLifeMs: YEAR_MS } : {};
    const simulator = simulators.use(await startKeycloakSimulator({ clock, switches }));
    return placeIn(simulator, (ms) => {
      passed += ms;
    });
  };
  const simulators = stack.move();
  return {
    place: (name = 'shared') => {
      const place = places.get(name) ?? newPlace(name === 'bound');
      places.set(name, place);
      return place;
    },
    [Symbol.asyncDispose]: () => simulators.disposeAsync(),
  };
};

describe('the simulator, as a real Keycloak', () => {
  wireBehaviours(
    [...loginBehaviours, ...clientBehaviours, ...rotationBehaviours, ...keyBehaviours, ...machineBehaviours],
    startRig,
  );
});

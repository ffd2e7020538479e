import { afterAll, beforeAll, describe } from 'vitest';
import { startFaultProxy } from '../fault-proxy.ts';
import { wireBehaviours } from '../wire/suite.ts';
import { keycloakApi } from './calls.ts';
import { clientBehaviours } from './client-behaviours.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';
import { loginBehaviours } from './login-behaviours.ts';
import { machineBehaviours } from './machine-behaviours.ts';
import { realKeycloakRig } from './rig.ts';
import { keyBehaviours, rotationBehaviours } from './rotation-behaviours.ts';

const behaviours = [
  ...loginBehaviours,
  ...clientBehaviours,
  ...rotationBehaviours,
  ...keyBehaviours,
  ...machineBehaviours,
];

let keycloak: KeycloakServer;
beforeAll(async () => {
  keycloak = await startKeycloak();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

describe('a real Keycloak', () => {
  wireBehaviours(behaviours, async () => realKeycloakRig(keycloak, keycloak.url));
});

describe('a real Keycloak behind the fault proxy, which has nothing to do', () => {
  wireBehaviours(behaviours, async () => {
    const proxy = await startFaultProxy(keycloakApi, keycloak.url);
    return realKeycloakRig(keycloak, proxy.url, () => proxy[Symbol.asyncDispose]());
  });
});

import { describe } from 'vitest';
import { wireBehaviours } from '../wire/suite.ts';
import { clientBehaviours } from './client-behaviours.ts';
import { KEYCLOAK_STARTS_WITHIN_MS } from './keycloak.ts';
import { loginBehaviours } from './login-behaviours.ts';
import { realKeycloakRig } from './rig.ts';
import { keyBehaviours, rotationBehaviours } from './rotation-behaviours.ts';

describe('a real Keycloak', () => {
  wireBehaviours(
    [...loginBehaviours, ...clientBehaviours, ...rotationBehaviours, ...keyBehaviours],
    realKeycloakRig,
    KEYCLOAK_STARTS_WITHIN_MS,
  );
});

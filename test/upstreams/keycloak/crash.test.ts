import { afterAll, beforeAll } from 'vitest';
import { keycloakScenarios } from '../../faults/crash/subjects.ts';
import { diesAtEveryCall } from '../crash.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';
import { RealKeycloakUpstream } from './upstream.ts';

let keycloak: KeycloakServer;
beforeAll(async () => {
  keycloak = await startKeycloak();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

// In both a key set is written over another one. A part of the points, for each look at a client is one.
diesAtEveryCall(
  'a real Keycloak',
  () => RealKeycloakUpstream.start(keycloak),
  keycloakScenarios,
  ['rotate', 'borrow-delete'],
  16,
);

import { afterAll, beforeAll, describe } from 'vitest';
import { capabilities } from '../../../src/providers/keycloak/account.ts';
import { providerConformance } from '../../conformance/provider-conformance.ts';
import { ofKeys, ofSecrets } from '../../../src/providers/keycloak/testing/kinds.ts';
import { realConformanceRig } from './conformance-rig.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';

/** The suite that every provider passes on its simulator, on the real server. */
let keycloak: KeycloakServer;
beforeAll(async () => {
  keycloak = await startKeycloak();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

describe('conformance of a real Keycloak, with keys', () => {
  providerConformance(capabilities, () => realConformanceRig(keycloak), ofKeys);
});

describe('conformance of a real Keycloak, with secrets that a rotation policy binds', () => {
  providerConformance(capabilities, () => realConformanceRig(keycloak, true), ofSecrets);
});

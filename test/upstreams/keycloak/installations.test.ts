import { afterAll, beforeAll, inject, test } from 'vitest';
import { seeNothingOfEachOther } from '../../helpers/two-installations.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';
import { RealKeycloakUpstream } from './upstream.ts';

let keycloak: KeycloakServer;
beforeAll(async () => {
  keycloak = await startKeycloak();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

test('two installations in one realm do not see each other', { timeout: 300_000 }, async () => {
  await seeNothingOfEachOther(inject('kubeconfig'), await RealKeycloakUpstream.start(keycloak));
});

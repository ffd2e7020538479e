import { afterAll, beforeAll, describe } from 'vitest';
import { full } from '../../faults/crash/subjects.ts';
import { nobodyIsRefused } from '../../faults/rotation/nobody-is-refused.ts';
import { mixed } from '../../faults/rotation/subjects.ts';
import { KEYCLOAK_STARTS_WITHIN_MS, type KeycloakServer, startKeycloak } from './keycloak.ts';
import { RealKeycloakUpstream } from './upstream.ts';

/**
 * Pods and readers sign assertions with the key that they hold, and ask a real Keycloak for tokens all through rotations: none
 * is refused. With `MCO_TEST_FULL` twenty of them.
 */
let keycloak: KeycloakServer;
beforeAll(async () => {
  keycloak = await startKeycloak();
}, KEYCLOAK_STARTS_WITHIN_MS);
afterAll(() => keycloak[Symbol.asyncDispose]());

describe.concurrent('a real Keycloak: nobody is refused a token', () => {
  nobodyIsRefused({
    name: 'Keycloak',
    start: () => RealKeycloakUpstream.start(keycloak),
    names: ['one', 'two'],
    troubles: full ? [mixed, mixed] : [mixed],
    rounds: full ? 10 : 1,
    asksAtLeast: 50,
    timeout: '40s',
  });
});

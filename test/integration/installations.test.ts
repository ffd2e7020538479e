import { inject, test } from 'vitest';
import { seeNothingOfEachOther } from '../helpers/two-installations.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { SimulatedKeycloakUpstream } from '../helpers/upstreams/keycloak.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { VaultAppRoleUpstream } from '../helpers/upstreams/vaultapprole.ts';

const cases = [
  { what: 'Scalekit', start: () => ScalekitUpstream.start() },
  {
    what: 'Authress, where the list shows names alone',
    start: () => AuthressUpstream.start({ switches: { listItems: 'summary' } }),
  },
  { what: 'Vault', start: () => VaultAppRoleUpstream.start() },
  { what: 'Keycloak', start: () => SimulatedKeycloakUpstream.start() },
] as const;

test.each(cases)(
  'two installations on one account do not see each other: $what',
  { timeout: 120_000 },
  async ({ start }) => {
    await seeNothingOfEachOther(inject('kubeconfig'), await start());
  },
);

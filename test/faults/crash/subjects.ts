import { AuthressUpstream } from '../../helpers/upstreams/authress.ts';
import { SimulatedKeycloakUpstream } from '../../helpers/upstreams/keycloak.ts';
import { KeycloakSecretsUpstream } from '../../helpers/upstreams/keycloak-secrets.ts';
import { PlastiqUpstream } from '../../helpers/upstreams/plastiq.ts';
import { ScalekitUpstream } from '../../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../../helpers/upstreams/stytch.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import { VaultAppRoleUpstream } from '../../helpers/upstreams/vaultapprole.ts';
import { borrowedScenarios } from './borrowed-scenarios.ts';
import { deletionScenarios } from './deletion-scenarios.ts';
import { ephemeralScenarios } from './ephemeral-scenarios.ts';
import { neighbourScenarios } from './neighbour-scenarios.ts';
import { type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** A provider under the operator that dies. */
export interface Subject {
  readonly name: string;
  readonly start: () => Promise<Upstream>;
  /** Divides every wait of the operators: W is to be long enough for a machine under load. */
  readonly timeScale: number;
  readonly scenarios: readonly Scenario[];
}

/** `npm run test:faults -- --full` sets it. */
export const full = process.env['MCO_TEST_FULL'] === 'true';

/** These alone where not all are run. */
const only = (all: readonly Scenario[], ...ids: readonly string[]): readonly Scenario[] =>
  all.filter(({ id }) => full || ids.includes(id));

const additive = [...scenarios, ...borrowedScenarios].filter(({ only: style }) => style !== 'two-phase');
/** In which a new credential is proven before it is published: with Authress that may take six minutes. */
const proven = ['rotate', 'suspend', 'leaders-rotate', 'borrow-rotate'];
const isProven = ({ id }: Scenario): boolean => proven.includes(id);
/** Those that are also run on the real servers (test/upstreams). A role of Vault can be taken over by nobody. */
export const vaultScenarios: readonly Scenario[] = additive.filter(({ id }) =>
  ['create', 'rotate', 'recover', 'delete', 'borrow', 'borrow-rotate', 'borrow-delete'].includes(id),
);
export const keycloakScenarios: readonly Scenario[] = additive.filter(
  (one) => one.id === 'adopt' || vaultScenarios.includes(one),
);
const authress = { name: 'Authress', start: () => AuthressUpstream.start() };

export const stytch: Subject = {
  name: 'Stytch',
  start: () => StytchUpstream.start(),
  timeScale: 5,
  scenarios: [
    ...scenarios,
    ...only(
      borrowedScenarios.filter(({ only: style }) => style !== 'additive'),
      'borrow',
    ),
    ...only(deletionScenarios, 'file', 'held'),
    ...only(neighbourScenarios),
  ],
};

/** Of the others those by which the styles differ most. */
export const subjects: readonly Subject[] = [
  stytch,
  {
    name: 'Scalekit',
    start: () => ScalekitUpstream.start(),
    timeScale: 5,
    scenarios: [
      ...only(additive, 'create', 'rotate', 'delete', 'uids', 'borrow-rotate', 'borrow-delete'),
      ...only(neighbourScenarios, 'beside-create', 'beside-delete'),
    ],
  },
  {
    ...authress,
    timeScale: 5,
    scenarios: only(
      additive.filter((one) => !isProven(one)),
      'create',
      'delete',
    ),
  },
  {
    name: 'VaultAppRole',
    start: () => VaultAppRoleUpstream.start(),
    timeScale: 5,
    scenarios: only(vaultScenarios, 'create', 'rotate', 'delete', 'borrow-rotate', 'borrow-delete'),
  },
  {
    name: 'Keycloak',
    start: () => SimulatedKeycloakUpstream.start(),
    timeScale: 5,
    scenarios: only(keycloakScenarios, 'create', 'rotate'),
  },
  {
    name: 'Keycloak with secrets',
    start: () => KeycloakSecretsUpstream.start(),
    timeScale: 5,
    scenarios: only(additive, 'create', 'rotate'),
  },
  // Nothing of theirs is settled before a key may be accepted: W is short, so that this takes less than half a minute.
  { ...authress, timeScale: 15, scenarios: full ? additive.filter(isProven) : [] },
  {
    name: 'Plastiq',
    start: () => PlastiqUpstream.start(),
    timeScale: 5,
    scenarios: only(ephemeralScenarios, 'issue', 'due', 'payer', 'deleted', 'delete'),
  },
];

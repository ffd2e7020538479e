import { describe } from 'vitest';
import { wireBehaviours } from '../wire/suite.ts';
import { loginBehaviours, roleBehaviours, secretIdBehaviours } from './behaviours.ts';
import { realVaultRig } from './rig.ts';
import { VAULT_STARTS_WITHIN_MS } from './vault.ts';

describe('a real Vault', () => {
  wireBehaviours(
    [...roleBehaviours, ...secretIdBehaviours, ...loginBehaviours],
    realVaultRig,
    VAULT_STARTS_WITHIN_MS,
  );
});

import type { Behaviour } from '../wire/behaviour.ts';
import { loginBehaviours, roleBehaviours, secretIdBehaviours, type VaultAct } from './behaviours.ts';
import { fieldBehaviours } from './field-behaviours.ts';

/** What a real Vault does, and what the simulator is held to. */
export const vaultBehaviours: readonly Behaviour<VaultAct>[] = [
  ...roleBehaviours,
  ...secretIdBehaviours,
  ...loginBehaviours,
  ...fieldBehaviours,
];

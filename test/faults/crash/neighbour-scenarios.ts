import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** In which clients are looked for by their marks, made, and removed. */
const telling = ['create', 'recover', 'delete', 'uids'];

/** The same, beside another installation on the account. */
export const neighbourScenarios: readonly Scenario[] = scenarios
  .filter(({ id }) => telling.includes(id))
  .map((scenario) => ({
    ...scenario,
    name: `beside a neighbour, ${scenario.name}`,
    id: `beside-${scenario.id}`,
    neighbour: true,
  }));

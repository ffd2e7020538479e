import type { Policy } from '../../plan.ts';
import { mintInFlight } from '../common/in-flight.ts';
import { noClient } from '../common/no-client.ts';
import { secretWorks } from '../common/situation.ts';
import { mainClient, type ReadyFacts } from '../locate.ts';
import { broken } from './broken.ts';
import { twoPhaseOf } from './situation.ts';
import { working } from './working.ts';

const withClient: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  if (!client) return undefined;
  const situation = twoPhaseOf(facts, client);
  for (const row of secretWorks(facts.secret, client) ? working : broken) {
    const plan = row(situation);
    if (plan) return plan;
  }
  return undefined;
};

/**
 * The table of the two-phase providers (Stytch): one secret is current, at most one is next, and both are valid.
 *
 *            start                    promote
 *   current ───────► current + next ───────────► current (the former next)
 *                          │ cancel
 *                          └────────► current (unchanged)
 *
 * Promote and cancel act by position, so before each of them the client is read live and the suffix compared.
 */
export const twoPhase: readonly Policy<ReadyFacts>[] = [mintInFlight, noClient, withClient];

import type { Policy } from '../../plan.ts';
import { mintInFlight } from '../common/in-flight.ts';
import { noClient } from '../common/no-client.ts';
import { secretWorks } from '../common/situation.ts';
import { mainClient, type ReadyFacts } from '../locate.ts';
import { broken } from './broken.ts';
import { additiveOf } from './situation.ts';
import { working } from './working.ts';

const withClient: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  if (!client) return undefined;
  const situation = additiveOf(facts, client);
  for (const row of secretWorks(facts.secret, client) ? working : broken) {
    const plan = row(situation);
    if (plan) return plan;
  }
  return undefined;
};

/**
 * The table of the additive providers (Scalekit, Authress): credentials are added and deleted by id, up to a limit.
 *
 *          add             add               delete
 *   none ───────► one ───────────► several ─────────► one fewer
 */
export const additive: readonly Policy<ReadyFacts>[] = [mintInFlight, noClient, withClient];

import { isFresh, isUnresolved } from '../../operation.ts';
import type { Policy } from '../../plan.ts';
import { mainClient, type ReadyFacts } from '../locate.ts';
import { broken } from './broken.ts';
import { noClient } from './no-client.ts';
import { secretWorks, suffixAt, type Situation } from './situation.ts';
import { working } from './working.ts';

/** K a fresh mint, and nobody knows how it ended. */
const mintInFlight: Policy<ReadyFacts> = ({ operation, now, secret, object }) =>
  isUnresolved(operation, secret, object.status.operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `the result of a ${operation.kind} is not known; it is looked for when it can no longer arrive`,
        until: operation.until,
      }
    : undefined;

const withClient: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  if (!client) return undefined;
  const situation: Situation = {
    facts,
    client,
    current: suffixAt(client, 'current'),
    next: suffixAt(client, 'next'),
  };
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

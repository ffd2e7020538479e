import type { Facts } from '../../facts.ts';
import type { Plan, Policy } from '../../plan.ts';
import { rotationDue } from '../../rotation/due.ts';
import type { SecretView } from '../../secret-view.ts';
import { mintInFlight } from '../common/in-flight.ts';
import { formerSecret, giveUpOperation, layout, statusFirst } from '../common/secret.ts';
import { restartConsumers } from '../common/rotation.ts';
import type { ReadyFacts } from '../locate.ts';

/** There are no clients, only secrets. */
export const isEphemeral = ({ provider }: Facts): boolean =>
  provider.state === 'ready' && provider.capabilities.style === 'ephemeral';

/** What stands in the Secret is what we wrote, and has not ended yet. */
export const isAlive = (secret: SecretView | undefined, now: number): boolean =>
  secret?.integrity === 'ok' && (secret.expiryTime === undefined || now < secret.expiryTime);

const issue = (reason: 'Creating' | 'Recovering' | 'Rotating', message: string): Plan => ({
  kind: 'issue',
  reason,
  message,
});

/** There is no Secret, it was edited, or what it holds has ended or is not what the spec asks for. */
const absentOrEnded: Policy<ReadyFacts> = ({ secret, now, provider }) => {
  if (isAlive(secret, now))
    return secret?.terms === provider.terms
      ? undefined
      : issue('Rotating', 'the spec asks for a secret that is bound to something else');
  if (!secret) return issue('Creating', 'a secret is issued');
  return secret.integrity === 'ok'
    ? issue('Rotating', 'the secret has ended, and another one is issued')
    : issue('Recovering', 'the Secret is not as it was written, and another one is issued');
};

/** These look at the Secret alone: there is nothing else. */
const rows = [statusFirst, giveUpOperation, layout, restartConsumers] as const;

const withSecret: Policy<ReadyFacts> = (facts) => {
  for (const row of rows) {
    const plan = row({ facts, client: undefined, retiring: false, canMint: true });
    if (plan) return plan;
  }
  const cause = facts.secret && rotationDue(facts, facts.secret);
  return cause === undefined
    ? formerSecret({ facts, client: undefined, retiring: false, canMint: true })
    : issue('Rotating', cause);
};

/**
 * The table of the ephemeral providers (Plastiq): a secret is issued, and ends by itself. There is no client, nothing to
 * look at, nothing to retire; a secret that was lost ends like any other.
 *
 *   none ──issue──► alive ──due, before its end──issue──► alive ──…
 */
export const ephemeral: readonly Policy<ReadyFacts>[] = [mintInFlight, absentOrEnded, withSecret];

import { firstOf, type Plan, type Policy } from '../../plan.ts';
import { rotationDue } from '../../rotation/due.ts';
import type { SecretView } from '../../secret-view.ts';
import { mintInFlight } from '../common/in-flight.ts';
import { formerSecret, giveUpOperation, layout, statusFirst } from '../common/secret.ts';
import { restartConsumers } from '../common/rotation.ts';
import type { Alone, Row } from '../common/situation.ts';
import type { ReadyFacts } from '../locate.ts';
import { scaled } from '../../timing.ts';
import type { Style } from '../style.ts';

/** What stands in the Secret is what we wrote, and has not ended yet. */
const isAlive = (secret: SecretView | undefined, now: number): boolean =>
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

/** There is no client: these look at the Secret alone. */
const alone = (facts: ReadyFacts): Alone => ({
  facts,
  client: undefined,
  former: [],
  retiring: false,
  canMint: true,
});

/**
 * Where requests take seconds, a look at consumers and what follows it take this long. It is half the life of the secret
 * that ends soonest, so there is a time to restart consumers in the life of each.
 */
const ENDS_SOON_MS = 30_000;

const endsSoon = ({ timing, now }: ReadyFacts, { expiryTime }: SecretView): boolean =>
  expiryTime !== undefined && expiryTime - now < scaled(timing, ENDS_SOON_MS);

const due: Row<Alone> = ({ facts }) => {
  const cause = facts.secret && rotationDue(facts, facts.secret);
  return cause === undefined ? undefined : issue('Rotating', cause);
};

const before = [statusFirst, giveUpOperation] as const;
const usually = [...before, layout, restartConsumers, due, formerSecret] as const;
/**
 * Nothing that takes long comes between a secret that is about to end and the next one, which also brings the wanted
 * shape of the Secret. Who would be restarted for this one is restarted for the next.
 */
const shortlyBeforeItsEnd = [...before, due, layout, formerSecret] as const;

const withSecret: Policy<ReadyFacts> = (facts) =>
  firstOf(facts.secret && endsSoon(facts, facts.secret) ? shortlyBeforeItsEnd : usually, alone(facts));

/**
 * The ephemeral style (Plastiq): a secret is issued, and ends by itself. There is no client, nothing to look at, nothing
 * to retire; a secret that was lost ends like any other.
 *
 *   none ──issue──► alive ──due, before its end──issue──► alive ──…
 */
export const ephemeral: Style = {
  rows: [mintInFlight, absentOrEnded, withSecret],
  hasClients: false,
  mints: 'issue',
  discards: 'by-itself',
  works: ({ secret, now }) => isAlive(secret, now),
  former: () => [],
  stateOf: () => 'Lost',
  revokes: () => undefined,
  settles: () => undefined,
  hides: () => false,
  // Its id is its last four characters, where these give nothing away.
  suffixOf: ({ credentialId }) => (credentialId.length === 4 ? credentialId : undefined),
};

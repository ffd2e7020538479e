import type { UpstreamClient } from '../../../providers/provider.ts';
import { firstOf, type Policy } from '../../plan.ts';
import { isBorrowed, mainClient, notYetLooked, type ReadyFacts } from '../locate.ts';
import { mintInFlight, notShownYet, publishedLately } from './in-flight.ts';
import { noClient } from './no-client.ts';
import { type Row, secretWorks, type Situation } from './situation.ts';

/**
 * The client that was just published may be too young to be shown, while another one with our mark is: that one would be
 * taken for the object's own, and a Secret that works would be moved to it.
 */
const publishedElsewhere: Policy<ReadyFacts> = (facts) => {
  const client = mainClient(facts);
  const { secret, operation } = facts;
  if (!client || isBorrowed(facts) || !secret || secret.clientId === client.id) return undefined;
  if (secret.operation !== operation?.id && publishedLately(facts) === undefined) return undefined;
  const unknown = notYetLooked(facts, [secret.clientId]);
  return unknown.length > 0 ? { kind: 'look', ids: unknown } : notShownYet(facts);
};

/** The table of a style whose credentials belong to a client: there is none, or the Secret works, or it does not. */
export const tableOfClients = <S extends Situation>(
  situationOf: (facts: ReadyFacts, client: UpstreamClient) => S,
  working: readonly Row<S>[],
  broken: readonly Row<S>[],
): readonly Policy<ReadyFacts>[] => {
  const withClient: Policy<ReadyFacts> = (facts) => {
    const client = mainClient(facts);
    return (
      client && firstOf(secretWorks(facts.secret, client) ? working : broken, situationOf(facts, client))
    );
  };
  return [mintInFlight, noClient, publishedElsewhere, withClient];
};

/** Where there is a client, the Secret holds one of its credentials. */
export const worksAtClient = (
  { secret }: Pick<ReadyFacts, 'secret'>,
  client: UpstreamClient | undefined,
): boolean => client !== undefined && secretWorks(secret, client);

import type { UpstreamClient } from '../../../providers/provider.ts';
import { firstOf, type Policy } from '../../plan.ts';
import { mainClient, type ReadyFacts } from '../locate.ts';
import { mintInFlight } from './in-flight.ts';
import { noClient } from './no-client.ts';
import { type Row, secretWorks, type Situation } from './situation.ts';

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
  return [mintInFlight, noClient, withClient];
};

/** Where there is a client, the Secret holds one of its credentials. */
export const worksAtClient = (
  { secret }: Pick<ReadyFacts, 'secret'>,
  client: UpstreamClient | undefined,
): boolean => client !== undefined && secretWorks(secret, client);

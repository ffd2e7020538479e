import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ClusterIdentityProviderSpec } from '../../src/api/schema/identity-provider.ts';
import { machineClientSpec } from '../../src/api/schema/machine-client.ts';
import { chosenClientId, makeMark } from '../../src/providers/mark.ts';
import type { Outcome } from '../../src/providers/outcome.ts';
import type { Account } from '../../src/providers/provider.ts';
import { AuthressUpstream } from '../helpers/upstreams/authress.ts';
import { SimulatedKeycloakUpstream } from '../helpers/upstreams/keycloak.ts';
import { ScalekitUpstream } from '../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../helpers/upstreams/stytch.ts';
import type { Upstream } from '../helpers/upstreams/upstream.ts';
import type { Counters } from '../simulators/request-log.ts';
import { connectAccount } from './connect.ts';
import { numbered } from './site.ts';
import { inParallel } from './statistics.ts';
import { added } from './metrics.ts';
import type { SweepAnswer, SweepTask } from './sweep-process.ts';
import { flat } from '../helpers/flat-account.ts';

/** What it costs to know all clients of one account. */
export interface Sweeps extends SweepAnswer {
  readonly what: string;
  readonly clients: number;
  readonly pageSize: number;
  /** Requests of the two sweeps and of all look-ups together, by operation. */
  readonly requests: Readonly<Record<string, number>>;
}

interface Counting extends Upstream {
  readonly simulator: Upstream['simulator'] & { counters(): Counters };
}

/** What is swept. */
interface SweptAccount {
  readonly what: string;
  readonly start: () => Promise<Counting>;
}

const simulated: readonly SweptAccount[] = [
  { what: 'Stytch', start: () => StytchUpstream.start() },
  { what: 'Scalekit', start: () => ScalekitUpstream.start() },
  { what: 'Authress', start: () => AuthressUpstream.start() },
  {
    what: 'Authress, names',
    start: () => AuthressUpstream.start({ switches: { listItems: 'summary' } }),
  },
  { what: 'Keycloak', start: () => SimulatedKeycloakUpstream.start() },
];

const FILL_CONCURRENCY = 16;
const installation = 'bench';
const namespace = 'bench';
const call = { signal: new AbortController().signal };

const valueOf = <T>(outcome: Outcome<T>): T => {
  if (outcome.kind === 'ok') return outcome.value;
  throw outcome.error;
};

/** Clients as the operator makes them, with a credential each. */
const fill = async (account: Account, upstream: Upstream, names: readonly string[]): Promise<void> => {
  const { choosesClientId, createsCredential } = account.capabilities;
  await inParallel(names.length, FILL_CONCURRENCY, async (index) => {
    const name = names[index] ?? '';
    const uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const mark = makeMark(installation, namespace, name);
    const spec = machineClientSpec.parse({
      providerRef: { name: 'bench' },
      displayName: name,
      ...upstream.clientSpec,
    });
    const wish = { spec, mark, uid };
    const id = choosesClientId ? chosenClientId(mark, uid, 1) : undefined;
    const { client } = valueOf(await flat(account).create(wish, id, undefined, call));
    if (!createsCredential) valueOf(await flat(account).mint(wish, client, call));
  });
};

const ask = async (task: SweepTask): Promise<SweepAnswer> => {
  const child = fork(join(import.meta.dirname, 'sweep-process.ts'), { execArgv: ['--expose-gc'] });
  child.send(task);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the sweeping process ended with ${String(code)}`);
  });
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [SweepAnswer];
  ended.catch(() => {}); // It ends after its answer.
  return answer;
};

/** So many clients in one account of each kind of listing; each sweep in a process that does nothing else. */
export const measureSweeps = async (
  clients: number,
  say: (line: string) => void,
  accounts: readonly SweptAccount[] = simulated,
): Promise<Sweeps[]> => {
  const names = numbered('c', clients);
  const measured: Sweeps[] = [];
  for (const { what, start } of accounts) {
    say(`${clients} clients in one account: ${what}`);
    await using upstream = await start();
    const login = {
      spec: upstream.spec() as ClusterIdentityProviderSpec,
      baseUrl: upstream.url,
      managementSecret: upstream.managementSecret(),
    };
    const organization = machineClientSpec.parse({
      providerRef: { name: 'bench' },
      ...upstream.clientSpec,
    }).organizationId;
    const whole = connectAccount(login, FILL_CONCURRENCY);
    const account = organization === undefined ? whole : whole.within(organization);
    await fill(account, upstream, names);
    await whole.close();
    const before = upstream.simulator.counters().calls;
    const task = { ...login, organization, installation, namespace, names };
    const answer = await ask(task);
    measured.push({
      ...answer,
      what,
      clients,
      pageSize: account.capabilities.pageSize ?? clients,
      requests: added(before, upstream.simulator.counters().calls),
    });
  }
  return measured;
};

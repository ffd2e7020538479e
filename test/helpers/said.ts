import { findCondition } from '../../src/api/conditions.ts';
import { secrets } from '../../src/kube/resource.ts';
import type { Counters } from '../simulators/request-log.ts';
import type { StytchSimulator } from '../simulators/stytch/simulator.ts';
import type { Joined } from './upstreams/upstream.ts';
import type { MachineClientWire, World } from './world.ts';

/** The id of the request, as the condition of a write that failed ends with it. */
export const requestIn = (message: string | undefined): string | undefined =>
  /(?<= \(request )[A-Za-z0-9_.:-]+(?=\)$)/.exec(message ?? '')?.[0];

/**
 * One condition as one line, to be compared to the letter: `False ProviderNotFound: … does not exist`. Without the id of
 * a request, which is another one each time.
 */
export const said = (object: MachineClientWire, type: string): string => {
  const condition = findCondition(object.status?.conditions, type);
  if (!condition) return 'nothing';
  const message = condition.message.replace(` (request ${requestIn(condition.message) ?? ''})`, '');
  return `${condition.status} ${condition.reason}: ${message}`;
};

interface Counting {
  counters(): Counters;
}

/** Calls of these operations that reached the simulator, whatever became of them. */
export const calls = (simulator: Counting, ...operations: readonly string[]): number => {
  const counted = simulator.counters().calls;
  return operations.reduce((sum, operation) => sum + (counted[operation] ?? 0), 0);
};

/** Calls that make a client or a secret. */
export const mints = (simulator: StytchSimulator): number => calls(simulator, 'create', 'rotateStart');

/** What `said` of Ready is where all is well. */
export const works = 'True Ready: the Secret holds a working credential';

/** SIGKILL, and a new one with the same flags. */
export const restart = async (world: World<Joined>, flags: readonly string[] = []): Promise<void> => {
  await Promise.all(world.operators.map((operator) => operator.kill()));
  world.operator(flags);
};

/** Secrets of these names with their data, uid and resourceVersion: equal means that nobody has written them. */
export const secretsOf = async (world: World, names: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(names.map((name) => world.getSecret(name)));
  return found.map(({ metadata, data }) =>
    JSON.stringify([metadata.name, metadata.uid, metadata.resourceVersion, data]),
  );
};

/** `count` names: `many-01`, `many-02`, … */
export const many = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `many-${String(index + 1).padStart(2, '0')}`);

export const patchSecret = (world: World<Joined>, name: string, body: object): Promise<unknown> =>
  world.kube.mergePatch(secrets, world.ref(name), body);

export const deleteSecret = (world: World<Joined>, name: string): Promise<void> =>
  world.kube.delete(secrets, world.ref(name));

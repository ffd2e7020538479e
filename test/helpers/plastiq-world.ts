import { apiVersion } from '../../src/api/group.ts';
import { identityProviders } from '../../src/api/objects.ts';
import { secrets } from '../../src/kube/resource.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { storeCard } from '../simulators/plastiq/api-client.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from '../simulators/plastiq/simulator.ts';
import { noLeak } from './invariants.ts';
import { type MachineClientWire, World } from './world.ts';

const login = 'plastiq-management';
const keyOf = (apiKey: string) => ({ 'api-key': apiKey });

/** A world whose provider object, `plastiq`, is joined with a Plastiq simulator. */
export class PlastiqWorld implements AsyncDisposable {
  readonly world: World;
  readonly simulator: PlastiqSimulator;

  constructor(world: World, simulator: PlastiqSimulator) {
    this.world = world;
    this.simulator = simulator;
  }

  /** With the provider object; the operator is started by the test. */
  static async make(
    kubeconfig: string,
    options: Parameters<typeof startPlastiqSimulator>[0] = {},
  ): Promise<PlastiqWorld> {
    const world = await World.make(kubeconfig);
    const simulator = await startPlastiqSimulator(options);
    await world.secret(login, keyOf(simulator.credentials.apiKey));
    await world.kube.create(identityProviders, world.namespace, {
      apiVersion,
      kind: 'IdentityProvider',
      metadata: { name: 'plastiq', namespace: world.namespace },
      spec: {
        type: 'Plastiq',
        plastiq: {
          environment: 'Sandbox',
          baseUrl: simulator.url,
          auth: { type: 'Secret', secretKeyRef: { name: login, key: 'api-key' } },
        },
        limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 16 },
      },
    });
    return new PlastiqWorld(world, simulator);
  }

  get payerId(): string {
    return this.simulator.credentials.payerId;
  }

  client(
    name: string,
    plastiq: Record<string, unknown> = {},
    spec: Record<string, unknown> = {},
  ): Promise<MachineClientWire> {
    return this.world.client(name, {
      providerRef: { name: 'plastiq' },
      scopes: undefined,
      plastiq: { payerId: this.payerId, ...plastiq },
      ...spec,
    });
  }

  getProvider(): Promise<MachineClientWire> {
    return this.world.kube.get<MachineClientWire>(identityProviders, this.world.ref('plastiq'));
  }

  /** The operator logs in with this from now on. */
  async setApiKey(apiKey: string): Promise<void> {
    await this.world.kube.mergePatch(secrets, this.world.ref(login), { stringData: keyOf(apiKey) });
  }

  /** What is in the Secret, decoded, by its keys. */
  async dataOf(name: string): Promise<Record<string, string>> {
    const { data = {} } = await this.world.getSecret(name);
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }

  async secretIn(name: string): Promise<string> {
    return (await this.dataOf(name))['client-secret'] ?? '';
  }

  /** Stores a card with what is in the Secret, which may spend it. */
  async works(name: string): Promise<boolean> {
    return (await storeCard(this.simulator, await this.secretIn(name), this.payerId)).status === 200;
  }

  /** The Secrets that the operator has written here. */
  async written(): Promise<readonly SecretWire[]> {
    const all = await this.world.kube.list<SecretWire>(secrets, { namespace: this.world.namespace });
    return all.filter(({ metadata }) => metadata.labels?.['machine-client.dev/managed'] === 'true');
  }

  /** Calls that asked for a secret, whatever became of them. */
  get asked(): number {
    const { calls } = this.simulator.counters();
    return (calls['issueV1'] ?? 0) + (calls['issueV2'] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.world.operators.map((operator) => operator.kill()));
    const leaks = await noLeak(this.world, this.simulator);
    await this.simulator[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
    if (leaks.length > 0) throw new Error(leaks.join('\n'));
  }
}

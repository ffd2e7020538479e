import { storeCard } from '../../simulators/plastiq/api-client.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from '../../simulators/plastiq/simulator.ts';
import type { Joined } from './upstream.ts';

/** There are no clients, only secrets that end by themselves. */
export class PlastiqUpstream implements Joined {
  readonly type = 'Plastiq';
  readonly clientSpec;
  readonly simulator: PlastiqSimulator;

  private constructor(simulator: PlastiqSimulator) {
    this.simulator = simulator;
    this.clientSpec = { plastiq: { payerId: simulator.credentials.payerId } };
  }

  static async start(options: Parameters<typeof startPlastiqSimulator>[0] = {}): Promise<PlastiqUpstream> {
    return new PlastiqUpstream(await startPlastiqSimulator(options));
  }

  get url(): string {
    return this.simulator.url;
  }

  spec(baseUrl = this.url): Readonly<Record<string, unknown>> {
    const secretKeyRef = { name: 'plastiq-management', key: 'secret' };
    return {
      type: 'Plastiq',
      plastiq: { environment: 'Sandbox', baseUrl, auth: { type: 'Secret', secretKeyRef } },
    };
  }

  managementSecret(): string {
    return this.simulator.credentials.apiKey;
  }

  issuedSecrets() {
    return this.simulator.issuedSecrets();
  }

  /** How often a secret was asked for, whatever became of it. */
  get asked(): number {
    const { calls } = this.simulator.counters();
    return (calls['issueV1'] ?? 0) + (calls['issueV2'] ?? 0);
  }

  /** Stores a card of the payer that is there from the start, which spends a secret of the first version. */
  async ask(_clientId: string, value: string) {
    const { status } = await storeCard(this.simulator, value, this.simulator.credentials.payerId);
    if (status < 300) return 'accepted';
    return status < 500 ? 'refused' : 'no answer';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}

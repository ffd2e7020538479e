import { storeCard } from '../../simulators/plastiq/api-client.ts';
import { type PlastiqSimulator, startPlastiqSimulator } from '../../simulators/plastiq/simulator.ts';
import type { TrueClient, Upstream, UpstreamRoute } from './upstream.ts';

const routes: readonly UpstreamRoute[] = [
  { method: 'POST', path: /^\/api\/client-secrets$/, operation: 'issueV1', writes: true },
  { method: 'POST', path: /^\/api\/v2\/client-secrets$/, operation: 'issueV2', writes: true },
  { method: 'GET', path: /^\/api\/categories$/, operation: 'categories', writes: false },
];

/** There are no clients, only secrets that end by themselves; each is bound to a payer, who stands for a client here. */
export class PlastiqUpstream implements Upstream {
  readonly type = 'Plastiq';
  readonly style = 'ephemeral';
  readonly valueEntry = 'client-secret';
  readonly valuesOfCredential = 1;
  readonly routes = routes;
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

  /** Nobody's: a payer bears no mark. */
  clients(): readonly TrueClient[] {
    const now = Date.now();
    const living = this.simulator.clientSecrets().filter(({ expiresAt }) => now < expiresAt);
    return this.simulator.payers().map((record) => ({
      record,
      clientId: record.id,
      name: '',
      createdAt: 0,
      owner: undefined,
      credentials: living
        .filter(({ payerId }) => payerId === record.id)
        .map(({ value, issuedAt }) => {
          const id = value.slice(-4);
          return { id, suffix: id, value, createdAt: issuedAt };
        }),
    }));
  }

  issuedSecrets() {
    return this.simulator.issuedSecrets().map((secret) => ({
      value: secret.value,
      revokedAt: secret.revokedAt,
      clientId: secret.kind === 'client' ? secret.payerId : null,
    }));
  }

  /** How often a secret was asked for, whatever became of it. */
  get asked(): number {
    const { calls } = this.simulator.counters();
    return (calls['issueV1'] ?? 0) + (calls['issueV2'] ?? 0);
  }

  markIn(): undefined {}

  clientIn({ payer }: Readonly<Record<string, unknown>>): string | undefined {
    return (payer as { readonly id?: string } | undefined)?.id;
  }

  /** It is not proven: asking with it may spend it. */
  askedWith() {
    return {};
  }

  /** A payer, without a secret: those are issued by the API alone. */
  createForeign() {
    const { payerId = '' } = this.simulator.act({ action: 'createPayer' });
    return { clientId: payerId, secret: '' };
  }

  /** A payer bears no mark. */
  createMarked(): void {
    this.createForeign();
  }

  deleteClient(payerId: string): void {
    this.simulator.act({ action: 'deletePayer', payerId });
  }

  deleteCredential(): void {
    throw new Error('nobody can end a secret of Plastiq');
  }

  /** Nothing is listed. */
  slow(latencyMs: number): void {
    this.simulator.setSwitches({ latencyMs });
  }

  rotateManagement(): void {
    const former = this.simulator.credentials.apiKey;
    this.simulator.act({ action: 'rotateApiKey' });
    this.simulator.act({ action: 'revokeApiKey', apiKey: former });
  }

  /** Stores a card of its payer, which spends a secret of the first version. */
  async ask(_clientId: string, value: string) {
    const { payerId } = this.simulator.clientSecrets().find((secret) => secret.value === value) ?? {};
    const { status } = await storeCard(this.simulator, value, payerId ?? this.simulator.credentials.payerId);
    if (status < 300) return 'accepted';
    return status < 500 ? 'refused' : 'no answer';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator[Symbol.asyncDispose]();
  }
}

import { secretIdOf } from '../../../src/providers/keycloak/secrets.ts';
import { startKeycloakSimulator } from '../../simulators/keycloak/simulator.ts';
import { SimulatedKeycloakUpstream } from './keycloak.ts';
import type { TrueClient } from './upstream.ts';

type Options = Parameters<typeof startKeycloakSimulator>[0];

const YEAR_MS = 365 * 86_400_000;

/** The same realm, whose rotation policy binds clients that log in by a secret. */
export class KeycloakSecretsUpstream extends SimulatedKeycloakUpstream {
  override readonly style = 'staged';
  override readonly valueEntry = 'client-secret';
  override readonly clientSpec = { credential: { type: 'ClientSecret' } };

  static override async start(options: Options = {}): Promise<KeycloakSecretsUpstream> {
    const switches = { secretLifeMs: YEAR_MS, ...options?.switches };
    return new KeycloakSecretsUpstream(await startKeycloakSimulator({ ...options, switches }));
  }

  override clients(): readonly TrueClient[] {
    return super.clients().map((client) => ({
      ...client,
      // Without the times of its secrets.
      record: withoutTimes(client.record),
      credentials: this.#secretsOf(client.clientId)
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ value, issuedAt }) => ({
          id: secretIdOf(value),
          suffix: secretIdOf(value),
          createdAt: issuedAt,
          value,
        })),
    }));
  }

  override issuedSecrets() {
    return this.simulator
      .issuedSecrets()
      .filter(({ kind }) => kind === 'client')
      .map(({ clientId, value, revokedAt }) => ({ clientId: clientId ?? '', value, revokedAt }));
  }

  override hidden(): readonly string[] {
    return this.simulator.issuedSecrets().map(({ value }) => value);
  }

  override askedWith({ body }: { readonly body: string }) {
    const form = new URLSearchParams(body);
    const [clientId, value] = [form.get('client_id'), form.get('client_secret')];
    return clientId !== null && value !== null && clientId !== this.simulator.credentials.clientId
      ? { clientId, value }
      : {};
  }

  override createForeign(clientId: string) {
    this.simulator.act({ action: 'createClient', clientId, keys: false });
    return { clientId, secret: this.#secretsOf(clientId).at(-1)?.value ?? '' };
  }

  override deleteCredential(clientId: string): void {
    this.simulator.act({ action: 'dropRotated', clientId });
  }

  override async ask(clientId: string, value: string) {
    const found = this.simulator.clients().find((one) => one.clientId === clientId);
    const works = this.#secretsOf(clientId).some((one) => one.value === value && one.revokedAt === null);
    return found?.fields['enabled'] === true && works ? 'accepted' : 'refused';
  }

  #secretsOf(clientId: string) {
    return this.simulator.issuedSecrets().filter((one) => one.kind === 'client' && one.clientId === clientId);
  }
}

const withoutTimes = (record: unknown): unknown => {
  const { attributes, ...others } = record as { attributes: Readonly<Record<string, string>> };
  return {
    ...others,
    attributes: Object.fromEntries(
      Object.entries(attributes).filter(([name]) => !name.startsWith('client.secret.')),
    ),
  };
};

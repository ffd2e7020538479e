import { issuedByOf } from '../../../../src/providers/keycloak/marking.ts';
import { secretIdOf } from '../../../../src/providers/keycloak/secrets.ts';
import type { KeycloakClient } from '../../../simulators/keycloak/account.ts';
import { NAMES } from '../../../simulators/keycloak/policy.ts';
import { opensBySecret } from '../../../simulators/keycloak/tokens.ts';
import type { WireRequest } from '../exchange.ts';
import { KeycloakUpstream } from './keycloak.ts';
import { isRead, jsonOf, segmentsOf } from './memory.ts';
import type { ConsoleDeed, TrueClient, TrueCredential, UpstreamCall } from './upstream.ts';

/** Only what a person sees of it: the times of its secrets go with them. */
const times: readonly string[] = Object.values(NAMES);

/** The same realm, and clients that log in by a secret: the current one first, and then the rotated one. */
export class KeycloakSecretsUpstream extends KeycloakUpstream {
  override readonly name = 'keycloaksecrets';
  override readonly style = 'staged';
  override readonly createsCredential = true;
  override readonly mostCredentials = 2;

  override read(request: WireRequest): UpstreamCall {
    const call = super.read(request);
    if (isRead(request) || call.clientId === '') return call;
    const [, , , kind, id = '', part, what] = segmentsOf(request);
    const client = this.account.client(id);
    if (kind !== 'clients' || !client) return call;
    if (part === 'client-secret')
      return what === 'rotated' && request.method === 'DELETE'
        ? { kind: 'drop', clientId: client.clientId }
        : call;
    if (request.method !== 'PUT') return call;
    const { secret, attributes } = jsonOf(request);
    const { [NAMES.rotated]: rotated } = (attributes ?? {}) as Readonly<Record<string, string | undefined>>;
    if (typeof secret === 'string') return { kind: rotated ? 'turn' : 'stage', clientId: client.clientId };
    return rotated ? { kind: 'stage', clientId: client.clientId } : call;
  }

  override accepts(clientId: string, value: string): boolean {
    const client = this.account.clientOf(clientId);
    return client !== undefined && opensBySecret(this.account, client, value);
  }

  keepsRotated(): boolean {
    return this.account.switches.secretLifeMs > 0;
  }

  override actOn(clientId: string, deed: ConsoleDeed): void {
    switch (deed) {
      case 'regenerate':
        if (this.account.clientOf(clientId)) this.act({ action: 'regenerateSecret', clientId });
        return;
      case 'drop-rotated':
        if (this.account.clientOf(clientId)) this.act({ action: 'dropRotated', clientId });
        return;
      // For all clients of the realm.
      case 'bind':
        this.setSwitches({ secretLifeMs: YEAR_MS });
        return;
      case 'unbind':
        this.setSwitches({ secretLifeMs: 0 });
        return;
      default:
        super.actOn(clientId, deed);
    }
  }

  override makeByHand(clientId: string) {
    this.act({
      action: 'createClient',
      clientId,
      keys: false,
      fields: { name: 'made by hand' },
    });
    return { clientId, value: this.account.clientOf(clientId)?.secret.value ?? '' };
  }

  override dropCredential(clientId: string, id: string): void {
    const client = this.client(clientId);
    if (client?.credentials[1]?.id === id) this.act({ action: 'dropRotated', clientId });
  }

  protected override show(client: KeycloakClient): TrueClient {
    const shown = super.show(client);
    const { secret, rotated, fields, attributes, defaultScopes, optionalScopes, mappers } = client;
    const others = Object.fromEntries(Object.entries(attributes).filter(([name]) => !times.includes(name)));
    const credential = ({ value, by, issuedAt }: KeycloakClient['secret']): TrueCredential => ({
      id: secretIdOf(value),
      value,
      by,
      createdAt: issuedAt,
      issuedBy: issuedByOf(secretIdOf(value), undefined)?.operation,
    });
    return {
      ...shown,
      fields: JSON.stringify([fields, others, defaultScopes, optionalScopes, mappers]),
      credentials: [secret, ...(rotated ? [rotated] : [])].map(credential),
    };
  }

  protected override proofOf(client: KeycloakClient, form: URLSearchParams): string | undefined {
    const value = form.get('client_secret') ?? '';
    return opensBySecret(this.account, client, value) && client.fields['enabled'] === true
      ? secretIdOf(value)
      : undefined;
  }
}

export const YEAR_MS = 365 * 86_400_000;

import type { StytchClient } from './account.ts';
import type { StytchSwitches } from './switches.ts';

const lastFour = (secret: string): string => secret.slice(-4);

/** `m2m_client` as every answer shows it: without secrets. */
export const toWire = (client: StytchClient, switches: StytchSwitches): Record<string, unknown> => ({
  client_id: client.clientId,
  client_name: client.name,
  client_description: client.description,
  status: client.status,
  scopes: client.scopes,
  client_secret_last_four: lastFour(client.current.value),
  ...nextLastFour(client, switches),
  trusted_metadata: client.trustedMetadata,
});

const nextLastFour = ({ next }: StytchClient, switches: StytchSwitches): Record<string, unknown> => {
  if (next !== null) return { next_client_secret_last_four: lastFour(next.value) };
  return switches.idleNextLastFour === 'null' ? { next_client_secret_last_four: null } : {};
};

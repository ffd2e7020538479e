import type { ScalekitClient, ScalekitSecret } from './account.ts';
import type { ScalekitSwitches } from './switches.ts';

type Message = Record<string, unknown>;

const isZero = (value: unknown): boolean =>
  value === '' || value === 'ACTIVE' || value === false || (Array.isArray(value) && value.length === 0);

const withoutZeros = (message: Message, { zeroValues }: ScalekitSwitches): Message =>
  zeroValues === 'print'
    ? message
    : Object.fromEntries(Object.entries(message).filter(([, value]) => !isZero(value)));

/** RFC 3339. Below a millisecond the digits are always the same ones: nothing here is that exact. */
const timestamp = (ms: number, digits: 0 | 3 | 6 | 9): string => {
  const text = new Date(ms).toISOString();
  const fraction = `${text.slice(20, 23)}190455`.slice(0, digits);
  return `${text.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
};

/** In the published samples times of creation have three digits and times of a change nine. */
const digitsOf = ({ timestampDigits }: ScalekitSwitches, mixed: 3 | 9): 0 | 3 | 6 | 9 =>
  timestampDigits === 'mixed' ? mixed : timestampDigits;

const lastUsed = (secret: ScalekitSecret, switches: ScalekitSwitches): Message => {
  if (switches.lastUsed === 'absent') return {};
  const { issuedAt } = secret.issued;
  const at = switches.lastUsed === 'tracked' ? (secret.lastUsedAt ?? issuedAt) : issuedAt;
  return { last_used_time: timestamp(at, digitsOf(switches, 3)) };
};

export const secretToWire = (secret: ScalekitSecret, switches: ScalekitSwitches): Message =>
  withoutZeros(
    {
      id: secret.id,
      create_time: timestamp(secret.issued.issuedAt, digitsOf(switches, 3)),
      update_time: timestamp(secret.updatedAt, digitsOf(switches, 9)),
      secret_suffix: secret.issued.value.slice(-4),
      status: secret.status,
      ...(secret.expiresAt !== null && { expire_time: timestamp(secret.expiresAt, digitsOf(switches, 3)) }),
      ...lastUsed(secret, switches),
    },
    switches,
  );

const expiryToWire = (seconds: number, { expiryForm }: ScalekitSwitches): Message => {
  if (expiryForm === 'absent') return {};
  return { expiry: expiryForm === 'string' ? String(seconds) : seconds };
};

/** `client` as every answer shows it: without the values of its secrets. */
export const clientToWire = (
  client: ScalekitClient,
  switches: ScalekitSwitches,
  secrets: 'present' | 'empty' = 'present',
): Message => {
  const { fields } = client;
  return withoutZeros(
    {
      client_id: client.clientId,
      secrets: secrets === 'empty' ? [] : client.secrets.map((secret) => secretToWire(secret, switches)),
      name: fields.name,
      description: fields.description,
      organization_id: client.organizationId,
      create_time: timestamp(client.createdAt, digitsOf(switches, 3)),
      update_time: timestamp(client.updatedAt, digitsOf(switches, 9)),
      scopes: fields.scopes,
      audience: fields.audience,
      custom_claims: fields.customClaims,
      ...expiryToWire(fields.expiry, switches),
      ...(switches.newerFields === 'present' && {
        resource_id: '',
        redirect_uris: [],
        is_dcr: false,
        is_cimd: false,
        metadata_uri: '',
        something_new: { nested: [1] },
      }),
    },
    switches,
  );
};

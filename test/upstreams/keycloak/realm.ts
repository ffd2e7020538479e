import { randomBytes } from 'node:crypto';
import { AdminSession } from './admin-session.ts';

/** A realm of its own, with what logs in to it. */
export interface Realm {
  readonly name: string;
  /** `http://127.0.0.1:PORT/realms/NAME` */
  readonly issuer: string;
  /** A service account with `manage-clients`: the least that an operator needs. */
  readonly operator: ServiceAccount;
  /** One without any rights. */
  readonly powerless: ServiceAccount;
  /** From now on a client with the attribute has two secrets, and its current one expires. */
  bindRotationPolicy(periods?: Periods): Promise<void>;
  unbindRotationPolicy(): Promise<void>;
}

export interface ServiceAccount {
  readonly clientId: string;
  readonly secret: string;
  readonly session: AdminSession;
}

/** Seconds. */
interface Periods {
  /** How long a secret lives. */
  readonly expires?: number;
  /** How long one lives that was rotated. */
  readonly rotatedExpires?: number;
  /** In that time before the end a change of the client rotates its secret. */
  readonly remaining?: number;
}

/** The attribute by which the policy finds our clients, and nobody else's. */
export const MANAGED = { key: 'machine-client.dev/managed', value: 'true' } as const;

const YEAR = 365 * 86_400;

export const makeRealm = async (url: string, admin: AdminSession): Promise<Realm> => {
  const name = `mco-${randomBytes(4).toString('hex')}`;
  const secret = randomBytes(16).toString('hex');
  const account = (clientId: string): ServiceAccount => ({
    clientId,
    secret,
    session: new AdminSession(url, { clientId, secret }, name),
  });
  const operator = account('operator');
  const powerless = account('powerless');
  await admin.done('POST', '/admin/realms', {
    realm: name,
    enabled: true,
    components: { 'org.keycloak.keys.KeyProvider': quickKeys },
    clients: [operator, powerless].map(({ clientId }) => ({
      clientId,
      secret,
      publicClient: false,
      standardFlowEnabled: false,
      serviceAccountsEnabled: true,
    })),
    users: [
      {
        username: `service-account-${operator.clientId}`,
        enabled: true,
        serviceAccountClientId: operator.clientId,
        clientRoles: { 'realm-management': ['manage-clients'] },
      },
    ],
  });
  await admin.renew();
  const path = `/admin/realms/${name}/client-policies`;
  return {
    name,
    issuer: `${url}/realms/${name}`,
    operator,
    powerless,
    bindRotationPolicy: async (periods) => {
      await admin.done('PUT', `${path}/profiles`, { profiles: [rotationProfile(periods)] });
      await admin.done('PUT', `${path}/policies`, { policies: [rotationPolicy] });
    },
    unbindRotationPolicy: async () => {
      await admin.done('PUT', `${path}/policies`, { policies: [] });
      await admin.done('PUT', `${path}/profiles`, { profiles: [] });
    },
  };
};

/** A realm makes its keys when it is made: two of 2,048 bits are most of the time that it takes. */
const quickKeys = [
  { providerId: 'rsa-generated', config: { keySize: ['1024'], priority: ['100'] } },
  { providerId: 'hmac-generated', config: { algorithm: ['HS512'], priority: ['100'] } },
  { providerId: 'aes-generated', config: { priority: ['100'] } },
].map((key) => ({ ...key, name: key.providerId }));

const rotationProfile = ({
  expires = YEAR,
  rotatedExpires = 172_800,
  remaining = 864_000,
}: Periods = {}) => ({
  name: 'machine-client-rotation',
  executors: [
    {
      executor: 'secret-rotation',
      configuration: {
        'expiration-period': expires,
        'rotated-expiration-period': rotatedExpires,
        'remaining-rotation-period': remaining,
      },
    },
  ],
});

const rotationPolicy = {
  name: 'machine-client-operator',
  enabled: true,
  conditions: [
    {
      condition: 'client-attributes',
      configuration: { 'is-negative-logic': false, attributes: JSON.stringify([MANAGED]) },
    },
  ],
  profiles: ['machine-client-rotation'],
};

import * as z from 'zod';
import { httpUrl, immutable, keyRef, rules, text } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

/** Keycloak keeps it as a part of paths. */
const realmName = (description: string) => text(description, 255).regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/);

const auth = z
  .strictObject({
    type: z
      .enum(['ClientCredentials', 'Gateway'])
      .describe(
        'ClientCredentials: the operator logs in as a client with a service account, by its id and a secret that is stored in a Secret, and logs in again before its token ends. Gateway: the operator sends no token, and a gateway in front of Keycloak injects one.',
      ),
    clientId: text(
      'The client id with which the operator logs in. It must be set exactly when type is ClientCredentials.',
      255,
    ).optional(),
    secretKeyRef: keyRef(
      'Where the secret of that client is stored. It must be set exactly when type is ClientCredentials.',
    ).optional(),
    realm: realmName(
      'The realm in which that client is, for example master. Left out: the realm of the clients. It can be set only when type is ClientCredentials.',
    ).optional(),
  })
  .describe('How the operator logs in to Keycloak.')
  .meta(
    rules(
      {
        rule: "has(self.clientId) == (self.type == 'ClientCredentials')",
        message: 'clientId must be set exactly when auth.type is ClientCredentials',
      },
      {
        rule: "has(self.secretKeyRef) == (self.type == 'ClientCredentials')",
        message: 'secretKeyRef must be set exactly when auth.type is ClientCredentials',
      },
      {
        rule: "!has(self.realm) || self.type == 'ClientCredentials'",
        message: 'realm can be set only when auth.type is ClientCredentials',
      },
    ),
  );

const account = z
  .strictObject({
    baseUrl: httpUrl(
      'The address of Keycloak as its clients know it, for example https://sso.example.com. A path prefix is kept.',
    ),
    realm: realmName('The realm in which the clients are. It is immutable.').meta(rules(immutable('realm'))),
    auth,
  })
  .describe('A realm of Keycloak.');

export const schema = providerSchema({ member: 'keycloak', account });

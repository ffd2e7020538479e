import * as z from 'zod';
import { authFields, secretExactlyWithSecret } from '../../api/schema/auth.ts';
import { httpUrl, immutable, rules, text } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    environmentUrl: httpUrl(
      'The address of the environment, for example https://acme.scalekit.dev. It is the identity of the account, and immutable.',
      immutable('environmentUrl'),
    ),
    auth: z
      .strictObject({
        ...authFields,
        clientId: text(
          'The client id with which the operator logs in to the environment. It must be set exactly when type is Secret.',
          256,
        ).optional(),
      })
      .describe('How the operator logs in to the provider.')
      .meta(
        rules(secretExactlyWithSecret, {
          rule: "has(self.clientId) == (self.type == 'Secret')",
          message: 'clientId must be set exactly when auth.type is Secret',
        }),
      ),
  })
  .describe('A Scalekit environment.');

export const schema = providerSchema({ member: 'scalekit', account });

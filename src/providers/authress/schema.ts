import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import { httpUrl, listAtomic, rules, text, upTo } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    baseUrl: httpUrl('The account, for example https://acc-1.api.authress.io, or a custom domain.'),
    accountId: text(
      'The account id; by default taken from the access key. Required with auth.type Gateway.',
      128,
    )
      .regex(/^[A-Za-z0-9._-]+$/)
      .optional(),
    auth,
  })
  .describe('An Authress account.')
  .meta(
    rules(
      {
        rule: "self.auth.type != 'Gateway' || has(self.accountId)",
        message: 'accountId is required when auth.type is Gateway',
      },
      {
        rule: '!has(oldSelf.accountId) || (has(self.accountId) && self.accountId == oldSelf.accountId)',
        message: 'accountId is immutable',
      },
    ),
  );

const client = z
  .strictObject({
    keyMode: z
      .enum(['Generated', 'PublicKey'])
      .default('Generated')
      .describe(
        'Generated: the provider makes the key. PublicKey: the operator makes a key pair, and only its public half leaves the cluster.',
      ),
    options: z
      .strictObject({
        grantUserPermissionsAccess: z.boolean().optional().describe("May check any user's permissions."),
        grantTokenGeneration: z
          .boolean()
          .optional()
          .describe('May mint tokens for any user; needs clientPolicy.impersonation.'),
      })
      .optional()
      .describe('Options of the service client.'),
    rateLimits: z
      .array(
        z.strictObject({
          duration: z.enum(['PT0S', 'PT5M', 'PT1H', 'P1D', 'P1M']).describe('The period.'),
          quota: z.int32().min(100).max(1_000_000).describe('Requests in it.'),
        }),
      )
      .max(1)
      .optional()
      .describe('What the client itself may do.')
      .meta(listAtomic),
    tags: z
      .record(z.string(), upTo(128))
      .meta({ maxProperties: 32 })
      .optional()
      .describe('Tags of the service client.'),
  })
  .describe('Fields of Authress.');

export const schema = providerSchema({ member: 'authress', account, client });

import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import { httpUrl, listAtomic, rules, text } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

/** The only ones that its published models know. */
const periods = ['0s', '5m', '1h', '24h', '720h'] as const;
const quotas: readonly number[] = [100, 1_000, 100_000, 1_000_000];

const account = z
  .strictObject({
    baseUrl: httpUrl(
      'The address of the account, for example https://acc-1.api.authress.io, or a custom domain.',
    ),
    accountId: text(
      'The id of the account. Left out: it is taken from the access key. It is required where auth.type is Gateway, and immutable once it is set.',
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
    options: z
      .strictObject({
        grantUserPermissionsAccess: z
          .boolean()
          .optional()
          .describe(
            'Whether the client may look into the permissions of any user. It needs clientPolicy.impersonation: Allow.',
          ),
        grantTokenGeneration: z
          .boolean()
          .optional()
          .describe(
            'Whether the client may issue tokens for any user. It needs clientPolicy.impersonation: Allow.',
          ),
      })
      .optional()
      .describe('Options of the service client.'),
    rateLimits: z
      .array(
        z.strictObject({
          duration: z
            .enum(periods)
            .describe('The period: 0s for no period at all, 24h for a day, 720h for a month.'),
          quota: z
            .int32()
            .refine((quota) => quotas.includes(quota))
            .meta({ enum: quotas })
            .describe('How many requests the client may make in the period.'),
        }),
      )
      .max(1)
      .optional()
      .describe('How many requests the client itself may make. Left out: not managed; empty: no limit.')
      .meta(listAtomic),
  })
  .describe('What a client has at Authress alone.');

export const schema = providerSchema({ member: 'authress', account, client });

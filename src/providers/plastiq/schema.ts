import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import { httpUrl, immutable, rules, text } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    environment: z
      .enum(['Sandbox', 'Production'])
      .describe('It is the identity of the account, and immutable.')
      .meta(rules(immutable('environment'))),
    baseUrl: httpUrl('Where the API is; by default the one of the environment.').optional(),
    auth,
  })
  .describe('A Plastiq partner account.');

const client = z
  .strictObject({
    version: z
      .enum(['V1', 'V2'])
      .default('V2')
      .describe('V1: 60 seconds, single use. V2: 30 minutes; Plastiq calls it a one-time token, too.'),
    payerId: text('The payer that the secret is bound to.', 64)
      .regex(/^[A-Za-z0-9-]+$/)
      .optional(),
    secretType: z.enum(['Card']).default('Card').describe('What the secret may create.'),
    endUser: z
      .strictObject({
        userAgent: text("The end user's user agent.", 512)
          .regex(/^[\x20-\x7e]*$/)
          .optional(),
        ipAddress: text("The end user's address.", 64)
          .regex(/^[0-9a-fA-F:.]+$/)
          .optional(),
        deviceId: text("The end user's device.", 256)
          .regex(/^[\x21-\x7e]*$/)
          .optional(),
      })
      .optional()
      .describe('On whose behalf the secret is asked for.'),
  })
  .describe('Fields of Plastiq.');

export const schema = providerSchema({ member: 'plastiq', account, client });

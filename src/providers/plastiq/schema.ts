import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import { httpUrl, immutable, rules, text } from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    environment: z
      .enum(['Sandbox', 'Production'])
      .describe('The environment of Plastiq. It is the identity of the account, and immutable.')
      .meta(rules(immutable('environment'))),
    baseUrl: httpUrl(
      'The address of the API. Left out: that of the environment. A gateway in front of it goes here.',
    ).optional(),
    auth,
  })
  .describe('A Plastiq partner account.');

const client = z
  .strictObject({
    version: z
      .enum(['V1', 'V2'])
      .default('V2')
      .describe(
        'V1: the secret works for 60 seconds, and once. V2: it works for 30 minutes; Plastiq calls it a one-time token, too.',
      ),
    payerId: text('The id of the payer to which the secret is bound. It is required with version V1.', 64)
      .regex(/^[A-Za-z0-9-]+$/)
      .optional(),
    secretType: z.enum(['Card']).default('Card').describe('What may be created with the secret.'),
    endUser: z
      .strictObject({
        userAgent: text('The user agent of the end user.', 512)
          .regex(/^[\x20-\x7e]*$/)
          .optional(),
        ipAddress: text('The IP address of the end user, for example 192.0.2.7.', 64)
          .regex(/^[0-9a-fA-F:.]+$/)
          .optional(),
        deviceId: text('The id of the device of the end user.', 256)
          .regex(/^[\x21-\x7e]*$/)
          .optional(),
      })
      .optional()
      .describe('The end user on whose behalf the secret is issued.'),
  })
  .describe('What a secret of Plastiq is issued for.');

export const schema = providerSchema({ member: 'plastiq', account, client });

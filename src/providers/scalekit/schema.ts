import * as z from 'zod';
import { authFields, secretExactlyWithSecret } from '../../api/schema/auth.ts';
import {
  atLeast,
  duration,
  httpUrl,
  immutable,
  listMap,
  notASegment,
  pathSegmentRule,
  rules,
  text,
  upTo,
} from '../../api/schema/fields.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    environmentUrl: httpUrl(
      'The environment, for example https://acme.scalekit.dev. It is the identity of the account, and immutable.',
      immutable('environmentUrl'),
    ),
    auth: z
      .strictObject({ ...authFields, clientId: text('Client id of the environment client.', 256).optional() })
      .describe('How the operator logs in to the provider.')
      .meta(
        rules(secretExactlyWithSecret, {
          rule: "has(self.clientId) == (self.type == 'Secret')",
          message: 'clientId must be set exactly when auth.type is Secret',
        }),
      ),
  })
  .describe('A Scalekit environment.');

const client = z
  .strictObject({
    organizationId: text('The organization in which the client lives. Immutable.', 128)
      .regex(/^[A-Za-z0-9._-]+$/)
      .refine(isPathSegment, notASegment)
      .meta(rules(pathSegmentRule, immutable('organizationId'))),
    customClaims: z
      .array(
        z.strictObject({
          key: text('Name of the claim.', 128),
          value: upTo(1024).describe('Its value.'),
        }),
      )
      .max(64)
      .optional()
      .describe('Claims that every token of the client carries.')
      .meta(listMap('key')),
    accessTokenLifetime: duration('How long its tokens live.', atLeast('1s')).optional(),
  })
  .describe('Fields of Scalekit.');

export const schema = providerSchema({
  member: 'scalekit',
  account,
  client,
  rootRules: [
    {
      rule: '!has(oldSelf.spec.scalekit) || (has(self.spec.scalekit) && self.spec.scalekit.organizationId == oldSelf.spec.scalekit.organizationId)',
      message: 'spec.scalekit.organizationId is immutable',
    },
  ],
});

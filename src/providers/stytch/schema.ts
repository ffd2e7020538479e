import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import {
  httpUrl,
  immutable,
  keyRef,
  notASegment,
  pathSegmentRule,
  rules,
  text,
} from '../../api/schema/fields.ts';
import { beyond } from '../../runtime/extent.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import { providerSchema } from '../schema.ts';

/** Stytch bears 4 KB and 20 keys. A rule of the API server cannot count what is in a field that knows no schema. */
const METADATA = { levels: 32, values: 256 } as const;
const LARGEST_METADATA = 16 * 1024;

const account = z
  .strictObject({
    projectId: text('The Stytch project: it is the identity of the account, and immutable.', 128)
      .regex(/^[A-Za-z0-9._-]+$/)
      .refine(isPathSegment, notASegment)
      .meta(rules(pathSegmentRule, immutable('projectId'))),
    baseUrl: httpUrl(
      'Where the API is; by default test.stytch.com or api.stytch.com, by the project id. A gateway in front of it goes here.',
    ).optional(),
    auth,
  })
  .describe('A Stytch project.');

const client = z
  .strictObject({
    trustedMetadata: z
      .looseObject({})
      .superRefine((value, context) => {
        const excess = beyond(value, METADATA);
        const isLarge = excess === undefined && JSON.stringify(value).length > LARGEST_METADATA;
        const message = excess ?? (isLarge ? `it has more than ${LARGEST_METADATA / 1024} KiB` : undefined);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      // More than Stytch bears, so that too many are a condition with words, and not a refusal of the API server.
      .meta({ maxProperties: 64 })
      .optional()
      .describe(
        'Keys of trusted_metadata that are kept so; other keys are left alone. At most 19: one is ours. In all at most 32 levels, 256 values and 16 KiB.',
      ),
    importSecretRef: keyRef(
      'Create the client with this secret instead of a generated one; needs spec.clientId.',
    ).optional(),
  })
  .describe('Fields of Stytch.');

export const schema = providerSchema({
  member: 'stytch',
  account,
  client,
  clientRules: [
    {
      rule: '!has(self.stytch) || !has(self.stytch.importSecretRef) || has(self.clientId)',
      message: 'stytch.importSecretRef needs clientId',
    },
  ],
});

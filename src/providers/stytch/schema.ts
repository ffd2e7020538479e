import * as z from 'zod';
import { auth } from '../../api/schema/auth.ts';
import { httpUrl, immutable, notASegment, pathSegmentRule, rules, text } from '../../api/schema/fields.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import { providerSchema } from '../schema.ts';

const account = z
  .strictObject({
    projectId: text('The id of the Stytch project. It is the identity of the account, and immutable.', 128)
      .regex(/^[A-Za-z0-9._-]+$/)
      .refine(isPathSegment, notASegment)
      .meta(rules(pathSegmentRule, immutable('projectId'))),
    baseUrl: httpUrl(
      'The address of the API. Left out: https://test.stytch.com or https://api.stytch.com, by the id of the project. A gateway in front of it goes here.',
    ).optional(),
    auth,
  })
  .describe('A Stytch project.');

export const schema = providerSchema({ member: 'stytch', account });

import * as z from 'zod';
import { keyRef, rules } from './fields.ts';

export const authFields = {
  type: z
    .enum(['Secret', 'Gateway'])
    .describe(
      'Secret: we log in with a stored credential. Gateway: no Authorization header from us, a gateway in front of the provider injects it.',
    ),
  secretKeyRef: keyRef('The management credential.').optional(),
};
export const secretExactlyWithSecret = {
  rule: "has(self.secretKeyRef) == (self.type == 'Secret')",
  message: 'secretKeyRef must be set exactly when auth.type is Secret',
};
export const auth = z
  .strictObject(authFields)
  .describe('How the operator logs in to the provider.')
  .meta(rules(secretExactlyWithSecret));

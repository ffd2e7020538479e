import * as z from 'zod';
import { keyRef, rules } from './fields.ts';

export const authFields = {
  type: z
    .enum(['Secret', 'Gateway'])
    .describe(
      'Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator sends no Authorization header, and a gateway in front of the provider injects the credential.',
    ),
  secretKeyRef: keyRef(
    'Where the management credential is stored. It must be set exactly when type is Secret.',
  ).optional(),
};
export const secretExactlyWithSecret = {
  rule: "has(self.secretKeyRef) == (self.type == 'Secret')",
  message: 'secretKeyRef must be set exactly when auth.type is Secret',
};
export const auth = z
  .strictObject(authFields)
  .describe('How the operator logs in to the provider.')
  .meta(rules(secretExactlyWithSecret));

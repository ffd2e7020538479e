import * as z from 'zod';
import { machineClientConditions } from '../conditions.ts';
import { conditions, listMap, objectName, text, time, upTo } from './fields.ts';

const credentialStates = ['Current', 'Retiring', 'Lost', 'Foreign'] as const;

export const machineClientStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation of the spec that was last seen.'),
    conditions: conditions(machineClientConditions).optional(),
    clientId: upTo(256).optional().describe('The id of the client at the provider.'),
    secretSuffix: upTo(64)
      .optional()
      .describe(
        'The last four characters of the published secret behind asterisks; of a key pair the id of the key.',
      ),
    credentials: z
      .array(
        z.strictObject({
          id: text(
            'The id of the credential at the provider, or the last characters of its secret where it has none.',
            128,
          ),
          suffix: upTo(64).optional().describe('The last four characters of its secret behind asterisks.'),
          clientId: upTo(256)
            .optional()
            .describe('The id of the client that has it, where that is another one than status.clientId.'),
          state: z
            .enum(credentialStates)
            .describe(
              'Current: it is in the Secret. Retiring: it was in the Secret before, and will be revoked. Lost: the operator issued it, and nobody holds it. Foreign: the operator did not issue it, and leaves it alone.',
            ),
          createdTime: time('When it was issued.').optional(),
          expiryTime: time('When it expires.').optional(),
          retireAfter: time('It is not revoked before this.').optional(),
          lastUsedTime: time(
            'When it was last used, where the provider reports it; written down at most once an hour.',
          ).optional(),
        }),
      )
      .max(16)
      .optional()
      .describe('The credentials of the client that work.')
      .meta(listMap('id')),
    secretVersion: z
      .int()
      .min(0)
      .optional()
      .describe('The version of the published Secret, which grows by one with each publication.'),
    operation: upTo(64).optional().describe('The id of the operation that published the Secret.'),
    lastRotationTime: time('When the credential was last published.').optional(),
    nextRotationTime: time('When the next rotation is due.').optional(),
    failedAttempts: z.int().min(0).optional().describe('How many attempts the provider refused in a row.'),
    lastFailureTime: time('When the provider last refused an attempt.').optional(),
    nextRetryTime: time('When the next attempt is made.').optional(),
    lastHandledRotateRequest: upTo(1024)
      .optional()
      .describe('The last value of the annotation machine-client.dev/rotate-requested that was acted upon.'),
    lastHandledReconcileRequest: upTo(1024)
      .optional()
      .describe(
        'The last value of the annotation machine-client.dev/reconcile-requested that was acted upon.',
      ),
    binding: z
      .strictObject({ name: objectName('The name of the Secret.') })
      .optional()
      .describe('The Secret that holds the credential, in the form of the Service Binding specification.'),
  })
  .default({ observedGeneration: -1 })
  .describe('What the operator has observed.');

export type MachineClientStatus = z.output<typeof machineClientStatus>;

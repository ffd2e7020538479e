import * as z from 'zod';
import { isCron } from '../cron.ts';
import { atLeast, duration, labelSelector, listAtomic, noDays, objectName, rules, text } from './fields.ts';

const schedule = (description: string) => text(description, 128).regex(/^[-0-9A-Za-z*/,?# ]+$/);
const timeZone = (description: string) => text(description, 64).regex(/^[A-Za-z0-9_+/-]+$/);

/** What CEL cannot check: the object is stored, and says so in its status. */
const refuseImpossibleTimes = (
  {
    schedule: own,
    timeZone: zone,
    windows = [],
  }: {
    readonly schedule?: string | undefined;
    readonly timeZone?: string | undefined;
    readonly windows?:
      | readonly { readonly schedule: string; readonly timeZone?: string | undefined }[]
      | undefined;
  },
  { addIssue }: { addIssue: (issue: { code: 'custom'; path: PropertyKey[]; message: string }) => void },
): void => {
  const message = 'no cron expression of five fields, no time zone, or a time that never comes';
  if (own !== undefined && !isCron(own, zone)) addIssue({ code: 'custom', path: ['schedule'], message });
  for (const [index, window] of windows.entries())
    if (!isCron(window.schedule, window.timeZone))
      addIssue({ code: 'custom', path: ['windows', index, 'schedule'], message });
};

export const rotation = z
  .strictObject({
    interval: duration(
      'How often a new credential is issued, for example 720h for 30 days. At least 1m. Left out, and without a schedule: only when it is asked for.',
      atLeast('1m'),
      noDays,
    ).optional(),
    schedule: schedule(
      'When a new credential is issued, as a cron expression of five fields, for example "0 3 1 * *" for the first of each month at three.',
    ).optional(),
    timeZone: timeZone('The time zone of the schedule, for example Europe/Oslo. Left out: UTC.').optional(),
    windows: z
      .array(
        z.strictObject({
          schedule: schedule('When the window opens, as a cron expression of five fields.'),
          timeZone: timeZone('The time zone of the window. Left out: UTC.').optional(),
          duration: duration('How long the window stays open, for example 4h. At least 1m.', atLeast('1m')),
        }),
      )
      .max(16)
      .optional()
      .describe(
        'Windows of time in which planned rotations may begin. Left out: at any time. A rotation that a user asks for does not wait for them.',
      )
      .meta(listAtomic),
    rotateBefore: duration(
      'How long before the expiry that the provider reports a new credential is issued, for example 240h. Left out: when a third of the lifetime is left.',
      noDays,
    ).optional(),
    overlap: duration(
      'How long the old credential works after the new one is published, for example 36h.',
      noDays,
    ).default('24h'),
    method: z
      .enum(['Overlap', 'Replace'])
      .default('Overlap')
      .describe(
        'Overlap: the old credential works beside the new one until the overlap has passed. Replace: the credential is replaced on the same client, at a provider that keeps only one; a program that still has the old one is refused until it reads the new one.',
      ),
    verification: z
      .enum(['OnRotation', 'Never'])
      .default('OnRotation')
      .describe(
        'OnRotation: a new credential is published only when the token endpoint has issued a token for it. Never: it is published without that. One that has replaced another on the same client is published in any case, for the former one is refused already.',
      ),
    retireWhenUnused: z
      .strictObject({
        cap: duration(
          'The longest wait, for example 168h. Then the old credential is revoked although it is used.',
          noDays,
        ),
      })
      .optional()
      .describe(
        'The old credential is revoked only when the provider reports that it has not been used since the new one was published.',
      ),
  })
  .superRefine(refuseImpossibleTimes)
  .prefault({})
  .describe('When a new credential is issued, and how long the old one works beside it.')
  .meta(
    rules(
      {
        rule: '!(has(self.interval) && has(self.schedule))',
        message: 'interval and schedule exclude each other',
      },
      { rule: '!has(self.timeZone) || has(self.schedule)', message: 'timeZone needs a schedule' },
    ),
  );

export const restart = z
  .strictObject({
    targets: z
      .array(
        z
          .strictObject({
            kind: z.enum(['Deployment', 'StatefulSet', 'DaemonSet']).describe('The kind of the workload.'),
            name: objectName('The name of the workload, where it is one alone.').optional(),
            selector: labelSelector('All workloads of the kind that have these labels.').optional(),
          })
          .meta(
            rules({
              rule: 'has(self.name) != has(self.selector)',
              message: 'exactly one of name and selector must be set',
            }),
          ),
      )
      .max(32)
      .optional()
      .describe('Workloads of the same namespace that are restarted when a new credential is published.')
      .meta(listAtomic),
    discover: z
      .boolean()
      .default(false)
      .describe('Whether workloads whose pods use the Secret are restarted, too.'),
    deadline: duration(
      'How long a rollout may take before the condition RotationInProgress says that it is stuck, for example 45m. At least 1s.',
      atLeast('1s'),
    ).default('30m'),
  })
  .describe(
    'Workloads that are restarted when a new credential is published. The old credential is revoked only when they have rolled out.',
  );

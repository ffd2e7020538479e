import { machineClientConditions } from '../conditions.ts';
import { isCron } from '../cron.ts';
import * as z from 'zod';
import { type ClientMembers, registry } from '../../providers/registry.ts';
import type { ProviderSchema } from '../../providers/schema.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import { clientFields, credential, importNeedsClientId, organizationIsImmutable } from './client-fields.ts';
import {
  atLeast,
  atomicRef,
  conditions,
  distinct,
  distinctByKey,
  duration,
  labelValuePattern,
  labelSelector,
  listAtomic,
  listMap,
  noDays,
  notASegment,
  objectName,
  pathSegmentRule,
  type Rule,
  rules,
  secretKeyPattern,
  text,
  time,
  upTo,
} from './fields.ts';

const providerKinds = ['IdentityProvider', 'ClusterIdentityProvider'] as const;
export type ProviderKind = (typeof providerKinds)[number];

const providerRef = z
  .strictObject({
    kind: z
      .enum(providerKinds)
      .default('IdentityProvider')
      .describe(
        'The kind of the provider object: an IdentityProvider of the same namespace, or a ClusterIdentityProvider.',
      ),
    name: objectName('The name of the provider object.'),
  })
  .describe(
    'The provider object that stands for the account in which the client lives. It is immutable once a client exists.',
  )
  .meta(atomicRef);

export const entryFields = [
  'ClientID',
  'ClientSecret',
  'PrivateKey',
  'AccessKey',
  'RoleID',
  'TokenURL',
  'Issuer',
  'Scopes',
  'ExpiryTime',
  'Provider',
  'Type',
] as const;
export type EntryField = (typeof entryFields)[number];

const dataKey = (description: string) => text(description, 253).regex(secretKeyPattern);
/** Types of Secrets that another controller fills, or lives on. */
export const filledByOthers: readonly string[] = [
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
];

/** The domains of Kubernetes itself, but for the labels that are recommended to all and mean nothing to it. */
const ofKubernetes = '^([a-z0-9.-]+[.])?(kubernetes|k8s)[.]io/';
const recommended = 'app.kubernetes.io/';
/** Such as the annotation by which a Secret becomes a token of a ServiceAccount. */
export const changesWhatASecretIs = (name: string): boolean =>
  new RegExp(ofKubernetes).test(name) && !name.startsWith(recommended);

/** What the API server asks of the keys of labels and annotations, and what the operator does. */
const metadataKeys = (what: string) =>
  rules(
    {
      rule: "self.all(k, k.matches('^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$'))",
      message: `the keys of ${what} are names of up to 63 characters, with or without a DNS domain and a slash before them`,
    },
    {
      rule: "self.all(k, !k.startsWith('machine-client.dev/'))",
      message: `${what} of machine-client.dev are the operator's own`,
    },
    {
      rule: `self.all(k, !k.matches('${ofKubernetes}') || k.startsWith('${recommended}'))`,
      message: `of the ${what} of kubernetes.io and k8s.io only those of app.kubernetes.io can be set: the others say what a Secret is`,
    },
  );

const secret = z
  .strictObject({
    name: objectName('The name of the Secret. Left out: the name of the MachineClient.').optional(),
    type: text(
      'The type of the Secret. Another type needs another name, because Kubernetes does not let the type of a Secret change.',
      253,
    )
      .default('Opaque')
      .meta(
        rules({
          rule: `!(self in [${filledByOthers.map((type) => `'${type}'`).join(', ')}])`,
          message: 'Secrets of this type are filled by another controller',
        }),
      ),
    creationPolicy: z
      .enum(['Create', 'Merge'])
      .default('Create')
      .describe(
        'Create: the operator makes the Secret, and a Secret of that name that it did not make is left alone (SecretNotOurs). Merge: keys, labels and annotations are added to a Secret that exists, and only they are removed at the end; a key that is there already is refused.',
      ),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe(
        'What happens to the Secret when the MachineClient is deleted. Delete: it is removed. Retain: it stays as it is.',
      ),
    // Emptied, it is to be refused, and not to be absent.
    entries: distinctByKey(
      z
        .array(
          z.strictObject({
            key: dataKey('The key in the data of the Secret.'),
            field: z
              .enum(entryFields)
              .describe('What stands under the key, for example ClientID or ClientSecret.'),
          }),
        )
        .min(1)
        .max(32),
    )
      .optional()
      .describe(
        'The keys of the Secret, and what stands under each. Left out: client-id, client-secret and token-url, or what the page of the provider says.',
      ),
    outputFormats: z
      .array(
        z.strictObject({
          type: z.enum(['DotEnv', 'JSON']).describe('DotEnv: lines of KEY=value. JSON: one object.'),
          key: dataKey('The key in the data of the Secret.'),
        }),
      )
      .max(4)
      .optional()
      .describe('All entries once more, as one file under a key of its own.')
      .meta(listMap('key')),
    labels: z
      .record(z.string(), upTo(63).regex(labelValuePattern))
      .meta({ maxProperties: 32, ...metadataKeys('labels') })
      .optional()
      .describe('Labels that the Secret gets beside those of the operator.'),
    annotations: z
      .record(z.string(), upTo(4096))
      .meta({ maxProperties: 32, ...metadataKeys('annotations') })
      .optional()
      .describe('Annotations that the Secret gets beside those of the operator.'),
  })
  .prefault({})
  .describe('The Secret that receives the credential.')
  .meta(
    rules({
      rule: '!has(self.entries) || !has(self.outputFormats) || self.outputFormats.all(f, !self.entries.exists(e, e.key == f.key))',
      message: 'outputFormats and entries must not share a key',
    }),
  );

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

const rotation = z
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
        'OnRotation: a new credential is published only when the token endpoint has issued a token for it. Never: it is published without that.',
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

const restart = z
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

const schemas: readonly ProviderSchema[] = Object.values(registry).map(({ schema }) => schema);
/** What is particular to each provider, in a member of its own. Not every provider has such a thing. */
const clientMembers = Object.fromEntries(
  schemas.flatMap(({ member, client }) => (client ? [[member, client.optional()]] : [])),
) as ClientMembers;
const members = Object.keys(clientMembers);

export const machineClientSpec = z
  .strictObject({
    providerRef,
    displayName: text(
      'The name of the client at the provider. Left out: not managed; empty: none.',
      128,
      0,
    ).optional(),
    description: text(
      'The description of the client at the provider. Left out: not managed; empty: none.',
      512,
      0,
    ).optional(),
    scopes: z
      .array(
        text('A scope, for example read:invoices (scope-token of RFC 6749, section 3.3).', 256).regex(
          /^[\x21\x23-\x5b\x5d-\x7e]+$/,
        ),
      )
      .max(256)
      // To refuse what stands twice in so many is more than a rule of the API server may cost.
      .overwrite((list) => [...new Set(list)])
      .optional()
      .describe(
        'The scopes that the client may ask for. Left out: not managed; empty: none. What stands twice counts once.',
      )
      .meta(listAtomic),
    audiences: distinct(
      z.array(text('An audience, for example https://api.example.com.', 512).regex(/^[\x21-\x7e]+$/)).max(64),
    )
      .optional()
      .describe('The audiences for which the client may ask for tokens. Left out: not managed; empty: none.'),
    ...clientFields,
    state: z
      .enum(['Active', 'Inactive'])
      .default('Active')
      .describe(
        'Whether the client gets tokens. Inactive: it gets none, and nothing is rotated or revoked meanwhile.',
      ),
    clientId: text(
      'The id of the client at the provider. Left out: the operator or the provider chooses it. It cannot change once a client exists.',
      256,
    )
      .regex(/^[\x21-\x7e]+$/)
      .refine(isPathSegment, notASegment)
      .meta(rules(pathSegmentRule))
      .optional(),
    adoptionPolicy: z
      .enum(['Never', 'Existing'])
      .default('Never')
      .describe(
        'Never: a client of the given id that exists is left alone. Existing: it is taken over, where the provider object allows it.',
      ),
    credential,
    ...clientMembers,
    managementPolicy: z
      .enum(['Manage', 'Observe', 'CredentialsOnly'])
      .default('Manage')
      .describe(
        "Manage: the client is created, kept as the spec says, and removed at the end. Observe: nothing is changed, and the status says what would be. CredentialsOnly: the client of the given id is somebody else's; credentials are issued and revoked on it, and nothing else of it is created, changed or removed.",
      ),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe(
        "What happens to the client at the provider when the MachineClient is deleted. Delete: it is removed. Retain: it stays, and is nobody's from then on.",
      ),
    suspend: z
      .boolean()
      .default(false)
      .describe('Whether everything but a deletion stops until this is false again.'),
    secret,
    rotation,
    restart: restart.optional(),
  })
  .describe('One client at an identity provider, and the Secret that holds its credential.')
  .meta(
    rules(
      {
        rule: `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(x, x).size() <= 1`,
        message: `at most one of ${members.slice(0, -1).join(', ')} and ${members.at(-1)} may be set`,
      },
      importNeedsClientId,
      {
        rule: "self.managementPolicy != 'CredentialsOnly' || has(self.clientId)",
        message: 'managementPolicy CredentialsOnly needs clientId',
      },
    ),
  );

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

/** Rules that compare with the stored object, at the root because they need more than the spec. */
export const machineClientRootRules: readonly Rule[] = [
  {
    rule: '!has(oldSelf.status) || !has(oldSelf.status.clientId) || self.spec.providerRef == oldSelf.spec.providerRef',
    message: 'spec.providerRef is immutable once a client exists',
  },
  {
    rule: '!has(oldSelf.status) || !has(oldSelf.status.clientId) || !has(self.spec.clientId) || self.spec.clientId == oldSelf.status.clientId || (has(oldSelf.spec.clientId) && self.spec.clientId == oldSelf.spec.clientId)',
    message: 'spec.clientId cannot change once a client exists',
  },
  {
    rule: '!has(self.spec.secret) || !has(oldSelf.spec.secret) || !has(self.spec.secret.type) || !has(oldSelf.spec.secret.type) || self.spec.secret.type == oldSelf.spec.secret.type || (has(self.spec.secret.name) ? self.spec.secret.name : self.metadata.name) != (has(oldSelf.spec.secret.name) ? oldSelf.spec.secret.name : oldSelf.metadata.name)',
    message:
      'another spec.secret.type needs another spec.secret.name: the type of a Secret cannot be changed',
  },
  organizationIsImmutable,
  {
    rule: "!has(oldSelf.status) || !has(oldSelf.status.clientId) || (self.spec.managementPolicy == 'CredentialsOnly') == (oldSelf.spec.managementPolicy == 'CredentialsOnly')",
    message:
      'spec.managementPolicy cannot become CredentialsOnly, or anything else instead of it, once a client exists',
  },
];

export type MachineClientSpec = z.output<typeof machineClientSpec>;
export type MachineClientStatus = z.output<typeof machineClientStatus>;

import * as z from 'zod';
import {
  distinctByKey,
  labelValuePattern,
  listMap,
  objectName,
  rules,
  secretKeyPattern,
  text,
  upTo,
} from './fields.ts';

export const entryFields = [
  'ClientID',
  'ClientSecret',
  'PrivateKey',
  'AccessKey',
  'RoleID',
  'KeyID',
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

export const secret = z
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

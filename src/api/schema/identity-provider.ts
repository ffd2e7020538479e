import * as z from 'zod';
import type { ProviderModule } from '../../providers/module.ts';
import {
  type AccountMembers,
  type ClusterAccountMembers,
  providerTypes,
  registry,
} from '../../providers/registry.ts';
import { connectionHeaders, isAuthorization, isConnectionHeader, proxyHeaderPrefix } from '../headers.ts';
import { providerConditions } from '../conditions.ts';
import { clientPolicyOf } from './client-policy.ts';
import {
  atLeast,
  atMost,
  conditions,
  duration,
  httpUrl,
  immutable,
  keyRef,
  labelSelector,
  listMap,
  listSet,
  objectName,
  type Rule,
  rules,
  text,
  time,
  upTo,
} from './fields.ts';

/** Of `connection.timeout`. An object that was stored with a longer one is served with this one. */
export const LONGEST_TIMEOUT_MS = 60_000;

const headerValue = /^[\x20-\x7e\t]*$/;
const setByConnection = { error: 'this header is set by the connection itself' };
const namedTwice = { error: 'the same header is named twice: names know no case' };
const header = z
  .strictObject({
    name: text('The name of the header.', 128)
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
      .refine((name) => !isConnectionHeader(name), setByConnection),
    value: upTo(1024)
      .regex(headerValue)
      .optional()
      .describe('The value of the header, where it is no secret.'),
    valueFrom: z
      .strictObject({ secretKeyRef: keyRef('Where the value is stored in a Secret.') })
      .optional()
      .describe('Where the value of the header is.'),
  })
  .meta(
    rules(
      {
        rule: 'has(self.value) != has(self.valueFrom)',
        message: 'exactly one of value and valueFrom must be set',
      },
      {
        rule: `!(self.name.lowerAscii() in [${connectionHeaders.map((name) => `'${name}'`).join(', ')}]) && !self.name.lowerAscii().startsWith('${proxyHeaderPrefix}')`,
        message: setByConnection.error,
      },
    ),
  );

const connection = z
  .strictObject({
    timeout: duration(
      'How long one request may take, with its connection and all of its answer, for example 10s. From 100ms to 60s.',
      atLeast('100ms'),
      atMost('60s'),
    ).default('10s'),
    proxyUrl: httpUrl(
      'The HTTP proxy through which the provider is reached, for example http://proxy.example.com:3128.',
    ).optional(),
    caBundle: z
      .strictObject({
        configMapKeyRef: keyRef('Where PEM certificates are stored in a ConfigMap.').optional(),
        secretKeyRef: keyRef('Where PEM certificates are stored in a Secret.').optional(),
      })
      .optional()
      .describe(
        'Certificates of certificate authorities that are trusted in addition to those of the system.',
      )
      .meta(
        rules({
          rule: 'has(self.configMapKeyRef) != has(self.secretKeyRef)',
          message: 'exactly one of configMapKeyRef and secretKeyRef must be set',
        }),
      ),
    headers: z
      .array(header)
      .max(16)
      .refine((list) => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length, namedTwice)
      .optional()
      .describe(
        'Headers that every request carries, for example the key of a gateway, or a User-Agent. Each of them takes the place of one of the same name that the operator would send.',
      )
      .meta({
        ...listMap('name'),
        ...rules({
          rule: 'self.all(one, self.exists_one(other, other.name.lowerAscii() == one.name.lowerAscii()))',
          message: namedTwice.error,
        }),
      }),
  })
  .prefault({})
  .describe('How the provider is reached.');

const limits = z
  .strictObject({
    requestsPerMinute: z
      .int32()
      .min(1)
      .max(600_000)
      .optional()
      .describe('How many requests a minute go to the account, for all of its clients together.'),
    burst: z
      .int32()
      .min(1)
      .max(10_000)
      .optional()
      .describe('How many requests may go out at once after a pause.'),
    concurrency: z
      .int32()
      .min(1)
      .max(256)
      .optional()
      .describe('How many requests may be under way at one time.'),
  })
  .optional()
  .describe(
    'The budget of the account. What is left out is what the provider type has by default; status.limits shows what is in force. Where several provider objects name one account, the lower limits win.',
  );

/** The member of each type, in which what is particular to it stands. */
const accountMembers = Object.fromEntries(
  Object.values<ProviderModule>(registry).map(({ schema }) => [schema.member, schema.account.optional()]),
) as AccountMembers;
const clusterAccountMembers = Object.fromEntries(
  Object.values<ProviderModule>(registry).map(({ schema: { member, account, clusterAccount } }) => [
    member,
    (clusterAccount ?? account).optional(),
  ]),
) as ClusterAccountMembers;

const exactlyWith = ([type, { schema }]: [string, ProviderModule]): Rule => ({
  rule: `has(self.${schema.member}) == (self.type == '${type}')`,
  message: `spec.${schema.member} must be set exactly when spec.type is ${type}`,
});

const fieldsWith = <Members extends AccountMembers | ClusterAccountMembers>(members: Members) => ({
  type: z
    .enum(providerTypes)
    .describe(
      'The type of the provider. Exactly the member of that name must be set. It is immutable. Further types may be added.',
    )
    .meta(rules(immutable('type'))),
  ...members,
  connection,
  limits,
  resyncInterval: duration(
    'How often everything is compared with the provider, for example 30m. At least 1m.',
    atLeast('1m'),
  ).default('1h'),
  orphanPolicy: z
    .enum(['Report', 'Delete'])
    .default('Report')
    .describe(
      'What happens to a client that has the ownership marker of this operator, and no MachineClient. Report: it is named in the status. Delete: it is removed.',
    ),
  massDeletionPolicy: z
    .enum(['Delete', 'Hold'])
    .default('Delete')
    .describe(
      'What happens when many clients of the account, more than 10 and more than 20 %, are marked for deletion within minutes. Delete: they are removed. Hold: none of them is, before the annotation machine-client.dev/confirm-mass-change confirms it.',
    ),
});
const members = Object.keys(accountMembers) as readonly (keyof AccountMembers)[];
/** Two logins in one request would be one too many, and which of them counts is the provider's choice. */
const oneLogin = {
  rule: `!has(self.connection) || !has(self.connection.headers) || !self.connection.headers.exists(h, h.name.lowerAscii() == 'authorization') || !(${members.map((member) => `has(self.${member}) && self.${member}.auth.type == 'Secret'`).join(' || ')})`,
  message: 'the header Authorization is the login of auth.type Secret',
};
const twoLogins = { error: oneLogin.message };
const hasOneLogin = (
  spec: {
    readonly connection: {
      readonly headers?: readonly { readonly name: string }[] | undefined;
    };
  } & Partial<Record<keyof AccountMembers, { readonly auth: { readonly type: string } } | undefined>>,
): boolean =>
  !spec.connection.headers?.some(({ name }) => isAuthorization(name)) ||
  !members.some((member) => spec[member]?.auth.type === 'Secret');

const specRules = [oneLogin, ...Object.entries<ProviderModule>(registry).map(exactlyWith)];

export const identityProviderSpec = z
  .strictObject({ ...fieldsWith(accountMembers), clientPolicy: clientPolicyOf(['*']) })
  .refine(hasOneLogin, twoLogins)
  .describe(
    'An account at a provider: where it is, how the operator logs in, how much it may be asked, and what its clients may be.',
  )
  .meta(rules(...specRules));

export const clusterIdentityProviderSpec = z
  .strictObject({
    ...fieldsWith(clusterAccountMembers),
    clientPolicy: clientPolicyOf([]),
    allowedNamespaces: z
      .strictObject({
        names: z
          .array(objectName('The name of a namespace.'))
          .max(256)
          .optional()
          .describe('Namespaces by their names.')
          .meta(listSet),
        selector: labelSelector('All namespaces that have these labels.').optional(),
      })
      .optional()
      .describe('The namespaces whose MachineClients may use it. Left out: none.'),
  })
  .refine(hasOneLogin, twoLogins)
  .describe(
    "An account at a provider, for several namespaces. Its references name objects in the operator's own namespace.",
  )
  .meta(rules(...specRules));

/** In `status.formerOrganizations`. */
export const MOST_FORMER_ORGANIZATIONS = 64;

export const providerStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('The generation of the spec that was last seen.'),
    conditions: conditions(providerConditions).optional(),
    account: upTo(512)
      .optional()
      .describe('The account that the object stands for: its type, and its id there.'),
    limits: z
      .strictObject({
        requestsPerMinute: z.int().describe('How many requests a minute go to the account.'),
        burst: z.int().describe('How many requests may go out at once after a pause.'),
        concurrency: z.int().describe('How many requests may be under way at one time.'),
      })
      .optional()
      .describe('The budget of the account as it is in force.'),
    orphans: z
      .strictObject({
        count: z
          .int()
          .min(0)
          .describe('How many clients have the ownership marker of this operator, and no MachineClient.'),
        sample: z
          .array(upTo(512))
          .max(20)
          .optional()
          .describe('Up to 20 of them, each with its id, namespace and name.')
          .meta(listSet),
      })
      .optional()
      .describe('Clients of this operator that have no MachineClient.'),
    formerOrganizations: z
      .array(upTo(128))
      .max(MOST_FORMER_ORGANIZATIONS)
      .optional()
      .describe(
        'Organizations that no MachineClient names any more, listed until nothing of ours is left in them.',
      )
      .meta(listSet),
    massChange: z
      .strictObject({
        token: text(
          'The value that the annotation machine-client.dev/confirm-mass-change must have for the operator to go on.',
          64,
        ),
        cause: text('What was found, in words.', 1024),
        affected: z.int().min(0).describe('How many clients are affected.'),
        known: z.int().min(0).describe('How many clients of the account are known.'),
        since: time('Since when the account is held.').optional(),
      })
      .optional()
      .describe('Why nothing is recreated or rotated, or nothing removed, until a user confirms it.'),
  })
  .default({ observedGeneration: -1 })
  .describe('What the operator has observed.');

export type IdentityProviderSpec = z.output<typeof identityProviderSpec>;
export type ClusterIdentityProviderSpec = z.output<typeof clusterIdentityProviderSpec>;
export type ProviderStatus = z.output<typeof providerStatus>;

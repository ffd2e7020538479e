import * as z from 'zod';
import { type ClientMembers, registry } from '../../providers/registry.ts';
import type { ProviderSchema } from '../../providers/schema.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import { clientFields, credential, importNeedsClientId, organizationIsImmutable } from './client-fields.ts';
import {
  atomicRef,
  distinct,
  listAtomic,
  notASegment,
  objectName,
  pathSegmentRule,
  rules,
  text,
  type Rule,
} from './fields.ts';
import { restart, rotation } from './machine-client-rotation.ts';
import { secret } from './machine-client-secret.ts';

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

import * as z from 'zod';
import {
  distinct,
  duration,
  httpUrl,
  immutable,
  keyRef,
  noDays,
  atLeast,
  type Rule,
  rules,
  text,
  upTo,
} from '../../api/schema/fields.ts';
import { providerSchema } from '../schema.ts';

/** Segments between slashes, none of which can be resolved to another one. */
const mount = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const mountPath = (description: string) => text(description, 256).regex(mount);

const kinds = {
  stored:
    'Token: the operator sends a token that is stored in a Secret. AppRole: the operator logs in with the id of a role and a secret id that is stored in a Secret, and logs in again before its token ends. Gateway: the operator sends no token, and a gateway in front of Vault injects one.',
  own: 'Kubernetes: the operator logs in with a token of its own ServiceAccount, so that nothing is stored, and logs in again before the token that it gets ends.',
};
const login = 'How the operator logs in to Vault.';

const logins = {
  secretKeyRef: keyRef(
    'Where the token, or the secret id of the AppRole, is stored. It must be set exactly when type is Token or AppRole.',
  ).optional(),
  roleId: text(
    'The role_id with which the operator logs in. It must be set exactly when type is AppRole.',
    512,
  ).optional(),
};
const loginRules: readonly Rule[] = [
  {
    rule: "has(self.secretKeyRef) == (self.type in ['Token', 'AppRole'])",
    message: 'secretKeyRef must be set exactly when auth.type is Token or AppRole',
  },
  {
    rule: "has(self.roleId) == (self.type == 'AppRole')",
    message: 'roleId must be set exactly when auth.type is AppRole',
  },
  {
    rule: "!has(self.mountPath) || !(self.type in ['Token', 'Gateway'])",
    message: 'mountPath cannot be set when auth.type is Token or Gateway',
  },
];

const auth = z
  .strictObject({
    type: z.enum(['Token', 'AppRole', 'Gateway']).describe(kinds.stored),
    ...logins,
    mountPath: mountPath(
      'Where the AppRole method is mounted that the operator logs in at. Left out: the mount in which the roles are. It can be set only when type is AppRole.',
    ).optional(),
  })
  .describe(login)
  .meta(rules(...loginRules));

const clusterAuth = z
  .strictObject({
    type: z.enum(['Token', 'AppRole', 'Kubernetes', 'Gateway']).describe(`${kinds.stored} ${kinds.own}`),
    ...logins,
    role: text(
      'The role of the Kubernetes method with which the operator logs in. It must be set exactly when type is Kubernetes.',
      256,
    ).optional(),
    audience: text(
      'For whom the token of the ServiceAccount is: one of those that the operator is started with (--token-audiences), for example vault. It must be set exactly when type is Kubernetes.',
      512,
    )
      .regex(/^[!-+.-~-]+$/)
      .optional(),
    mountPath: mountPath(
      'Where the method is mounted that the operator logs in at. Left out: for AppRole the mount in which the roles are, for Kubernetes kubernetes. It can be set only when type is AppRole or Kubernetes.',
    ).optional(),
  })
  .describe(login)
  .meta(
    rules(...loginRules, {
      rule: "has(self.role) == (self.type == 'Kubernetes') && has(self.audience) == (self.type == 'Kubernetes')",
      message: 'role and audience must be set exactly when auth.type is Kubernetes',
    }),
  );

const place = {
  address: httpUrl(
    'The address of Vault, for example https://vault.example.com:8200. A path prefix is kept.',
  ),
  namespace: upTo(256)
    .regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$/)
    .default('')
    .describe('The namespace of Vault in which the method is mounted. Empty: the root. It is immutable.')
    .meta(rules(immutable('namespace'))),
  mountPath: mountPath('Where the AppRole method is mounted, without auth/ before it. It is immutable.')
    .default('approle')
    .meta(rules(immutable('mountPath'))),
};
const what = 'An AppRole mount of HashiCorp Vault, or of what speaks as Vault does.';
const account = z.strictObject({ ...place, auth }).describe(what);
const clusterAccount = z.strictObject({ ...place, auth: clusterAuth }).describe(what);

const cidrs = (description: string) =>
  distinct(
    z
      .array(text('A block of addresses, for example 10.0.0.0/8.', 64).regex(/^[0-9a-fA-F:.]+\/[0-9]{1,3}$/))
      .max(64),
  )
    .optional()
    .describe(description);

const client = z
  .strictObject({
    tokenPolicies: distinct(
      z
        .array(
          text('The name of a policy, in lower case as Vault keeps it.', 128).regex(
            /^[a-z0-9][a-z0-9._:@+/-]*$/,
          ),
        )
        .max(64),
    )
      .optional()
      .describe(
        'The policies of the tokens that the client logs in for. clientPolicy.tokenPolicies must allow each of them. Left out: none at the creation, and not managed afterwards.',
      ),
    tokenTTL: duration(
      'How long a token is good before it has to be renewed, for example 20m. At least 1s. It can be renewed up to spec.accessTokenLifetime.',
      atLeast('1s'),
      noDays,
    ).optional(),
    boundCIDRs: cidrs('The addresses from which tokens may be used. Left out: not managed; empty: all.'),
    secretIDBoundCIDRs: cidrs(
      'The addresses from which the client may log in. Left out: not managed; empty: all.',
    ),
  })
  .describe('What a role has at Vault alone.');

export const schema = providerSchema({ member: 'vaultAppRole', account, clusterAccount, client });

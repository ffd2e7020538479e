import * as z from 'zod';
import { beyond } from '../../runtime/extent.ts';
import { isPathSegment } from '../../runtime/path-segment.ts';
import {
  atLeast,
  distinctByKey,
  duration,
  keyRef,
  noDays,
  notASegment,
  pathSegmentRule,
  rules,
  text,
  upTo,
} from './fields.ts';

/**
 * Fields of a client that more than one provider has. Which of them a provider supports its `capabilities.fields` say; one
 * that it does not support is refused as `FieldNotSupported`.
 */

/** A rule of the API server cannot count what is in a field without a schema. */
const METADATA = { levels: 32, values: 256 } as const;
const LARGEST_METADATA = 16 * 1024;

const organizationId = text(
  'The organization in which the client lives: a tenant within the account. Required where the provider keeps its clients in organizations. Immutable.',
  128,
)
  .regex(/^[A-Za-z0-9._-]+$/)
  .refine(isPathSegment, notASegment)
  .meta(rules(pathSegmentRule))
  .optional();

const accessTokenLifetime = duration(
  'How long an access token of the client is valid, for example 1h. Left out: not managed.',
  atLeast('1s'),
  noDays,
).optional();

const customClaims = distinctByKey(
  z
    .array(
      z.strictObject({
        key: text('The name of the claim.', 128),
        value: upTo(1024).describe('The value of the claim.'),
      }),
    )
    .max(64),
)
  .optional()
  .describe('Claims that every access token of the client carries. Left out: not managed; empty: none.');

const customMetadata = z
  .looseObject({})
  .superRefine((value, context) => {
    const excess = beyond(value, METADATA);
    const isLarge = excess === undefined && JSON.stringify(value).length > LARGEST_METADATA;
    const message = excess ?? (isLarge ? `it has more than ${LARGEST_METADATA / 1024} KiB` : undefined);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  // More than any provider takes, so that too many are a condition with words, and not a refusal of the API server.
  .meta({ maxProperties: 64 })
  .optional()
  .describe(
    'What the provider keeps with the client for its user: a JSON object of at most 32 levels, 256 values and 16 KiB. Keys that are not named here are left alone. A provider that keeps strings alone refuses other values.',
  );

export const credential = z
  .strictObject({
    type: z
      .enum(['ClientSecret', 'KeyPair'])
      .default('ClientSecret')
      .describe(
        'ClientSecret: a secret or key that the provider issues. KeyPair: the operator makes a key pair; the private key goes to the Secret alone, and the provider receives the public key (private_key_jwt, RFC 7523).',
      ),
    tokenEndpointAuthMethod: z
      .enum(['ClientSecretBasic', 'ClientSecretPost', 'PrivateKeyJWT'])
      .optional()
      .describe(
        'How the client authenticates at the token endpoint (RFC 7591, section 2), where the provider wants to know it. Left out: what the provider takes by default.',
      ),
    importSecretRef: keyRef(
      'Create the client with this client secret instead of a new one. It needs spec.clientId.',
    ).optional(),
  })
  .prefault({})
  .describe('What kind of credential the client has.')
  .meta(
    rules(
      {
        rule: "!has(self.tokenEndpointAuthMethod) || (self.tokenEndpointAuthMethod == 'PrivateKeyJWT') == (self.type == 'KeyPair')",
        message: 'tokenEndpointAuthMethod must be PrivateKeyJWT exactly when type is KeyPair',
      },
      {
        rule: "!has(self.importSecretRef) || self.type == 'ClientSecret'",
        message: 'importSecretRef needs type ClientSecret',
      },
    ),
  );

export const clientFields = {
  organizationId,
  accessTokenLifetime,
  customClaims,
  customMetadata,
};

export const importNeedsClientId = {
  rule: '!has(self.credential) || !has(self.credential.importSecretRef) || has(self.clientId)',
  message: 'credential.importSecretRef needs clientId',
};
export const organizationIsImmutable = {
  rule: '!has(oldSelf.spec.organizationId) || (has(self.spec.organizationId) && self.spec.organizationId == oldSelf.spec.organizationId)',
  message: 'spec.organizationId is immutable',
};

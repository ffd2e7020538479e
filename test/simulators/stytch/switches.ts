import * as z from 'zod';
import { serverSwitches } from '../switches.ts';
import { errorTypes } from './errors.ts';

const httpStatus = z.int().min(200).max(599);

const tokenRefusal = (error: string) =>
  z.strictObject({ status: httpStatus.default(400), error: z.string().default(error) }).prefault({});

/**
 * What is unverified about the real service (wire facts, section 14), each with the value that is most likely, and
 * what an account can come to. 0 means "no limit" and "never".
 */
export const stytchSwitches = z.strictObject({
  ...serverSwitches.shape,

  // The account
  /** Every management call is refused: with 401, or with 403. */
  accountMode: z.enum(['normal', 'unauthorized', 'forbidden']).default('normal'),
  maxClients: z.int().min(0).default(0),

  // Statuses and codes
  createStatus: z.union([z.literal(200), z.literal(201)]).default(200),
  /** `{ m2m_client_not_found: 400 }`: the status of a management error, where the default is not wanted. */
  errorStatus: z.partialRecord(z.enum(errorTypes), httpStatus).default({}),
  weakSecretErrorType: z
    .enum(['insecure_m2m_client_secret', 'm2m_client_invalid_client_secret'])
    .default('insecure_m2m_client_secret'),
  tokenError: z
    .strictObject({
      unknownClient: tokenRefusal('invalid_client'),
      wrongSecret: tokenRefusal('invalid_client'),
      inactiveClient: tokenRefusal('invalid_client'),
      missingParameter: tokenRefusal('invalid_request'),
      unknownGrant: tokenRefusal('unsupported_grant_type'),
      unassignedScope: tokenRefusal('invalid_scope'),
    })
    .prefault({}),
  /** One scope that is not assigned: the request is refused, or the scope is left out. */
  tokenUnassignedScope: z.enum(['refuse', 'leave-out']).default('refuse'),

  // Clients
  emptyScopes: z.enum(['accept', 'refuse']).default('accept'),
  metadataSemantics: z.enum(['merge', 'replace']).default('merge'),
  /** A create with an id that exists and identical values: an error all the same, or the client once more. */
  identicalDuplicate: z.enum(['refuse', 'accept']).default('refuse'),
  deletedIdReuse: z.enum(['accept', 'refuse']).default('accept'),
  deleteUnknown: z.enum(['refuse', 'accept']).default('refuse'),
  minSecretLength: z.int().min(0).default(8),
  maxSecretLength: z.int().min(0).default(0),
  /** Length times Shannon entropy of its characters. */
  minSecretEntropyBits: z.number().min(0).default(24),
  maxClientIdLength: z.int().min(0).default(255),
  maxNameLength: z.int().min(0).default(255),
  maxDescriptionLength: z.int().min(0).default(1024),
  maxScopes: z.int().min(0).default(0),

  // Rotation
  rotationWhileInactive: z.enum(['accept', 'refuse']).default('accept'),
  /** An open rotation is cancelled by itself after so many milliseconds. */
  openRotationTimeoutMs: z.number().min(0).default(0),
  /** `next_client_secret_last_four` without an open rotation. */
  idleNextLastFour: z.enum(['null', 'absent']).default('null'),
  /** Secrets generated from now on end like this: two secrets with the same last four. */
  generatedSecretSuffix: z
    .string()
    .regex(/^[\w-]{0,8}$/)
    .default(''),

  // Search
  searchOrder: z.enum(['created', 'newest-first']).default('created'),
  searchTotals: z.enum(['count', 'disabled']).default('count'),
  /** Clients younger than this are not found by search. */
  searchLagMs: z.number().min(0).default(0),
  /** No page is longer than this, whatever limit was asked for. */
  pageSizeCap: z.int().min(0).default(0),
  /** Search finds nothing, though the clients are there. */
  searchFindsNothing: z.boolean().default(false),
});

export type StytchSwitches = z.output<typeof stytchSwitches>;
export type StytchSwitchPatch = z.input<typeof stytchSwitches>;

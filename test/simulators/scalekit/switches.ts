import * as z from 'zod';
import { serverSwitches } from '../switches.ts';
import { errorKinds } from './errors.ts';

const httpStatus = z.int().min(200).max(599);
const created = z.union([z.literal(200), z.literal(201)]).default(201);

const tokenRefusal = (status: number, error: string) =>
  z.strictObject({ status: httpStatus.default(status), error: z.string().default(error) }).prefault({});

/** Of a refusal, what is not as in errors.ts. */
const errorOverride = z.strictObject({
  status: httpStatus.optional(),
  code: z.int().min(0).max(16).optional(),
  errorCode: z.string().optional(),
  message: z.string().optional(),
});

/**
 * What is unverified about the real service (wire facts, section 15), each with the value that is most likely, and
 * what an environment can come to. 0 means "no limit".
 */
export const scalekitSwitches = z.strictObject({
  ...serverSwitches.shape,

  // The environment
  /** Every management call is refused: with 401, or with 403. */
  accountMode: z.enum(['normal', 'unauthorized', 'forbidden']).default('normal'),
  /** How long a management token works; read at its issue. */
  managementTokenSeconds: z.number().min(0).default(86_399),

  // Statuses and errors
  createStatus: created,
  addSecretStatus: created,
  /** `{ unknownSecret: { status: 400, code: 3 } }` */
  errors: z.partialRecord(z.enum(errorKinds), errorOverride).default({}),
  errorDetail: z.enum(['code', 'code-and-request', 'none']).default('code'),
  tokenError: z
    .strictObject({
      unknownClient: tokenRefusal(401, 'invalid_client'),
      wrongSecret: tokenRefusal(401, 'invalid_client'),
      missingParameter: tokenRefusal(400, 'invalid_request'),
      unknownGrant: tokenRefusal(400, 'unsupported_grant_type'),
      unassignedScope: tokenRefusal(400, 'invalid_scope'),
    })
    .prefault({}),
  /** `status`: google.rpc.Status, as the management API has it. */
  tokenErrorShape: z.enum(['oauth', 'status']).default('oauth'),
  tokenBasicAuth: z.enum(['accept', 'refuse']).default('accept'),
  /** One scope that is not assigned: the request is refused, or the scope is left out. */
  tokenUnassignedScope: z.enum(['refuse', 'leave-out']).default('refuse'),

  // The form of answers
  expiryForm: z.enum(['string', 'number', 'absent']).default('string'),
  /** Empty texts and lists, and the status ACTIVE: printed, or left out. */
  zeroValues: z.enum(['print', 'omit']).default('print'),
  /** Digits of a second's fraction; `mixed`: 3 in some and 9 in others. */
  timestampDigits: z.union([z.literal('mixed'), z.literal([0, 3, 6, 9])]).default('mixed'),
  /** Fields of the descriptor that no published sample shows: `resource_id`, `is_dcr` and so on. */
  newerFields: z.enum(['absent', 'present']).default('absent'),
  patchSecrets: z.enum(['empty', 'present']).default('empty'),
  listSecrets: z.enum(['present', 'empty']).default('present'),
  /** `last_used_time`: the time of creation until the first use; always that; or no such field. */
  lastUsed: z.enum(['tracked', 'as-created', 'absent']).default('tracked'),

  // Clients
  /** Empty texts and lists in a PATCH. */
  emptyInPatch: z.enum(['ignore', 'clear']).default('ignore'),
  /** The rules on path parameters: prefixes and lengths. */
  idRules: z.enum(['enforce', 'ignore']).default('enforce'),
  minExpirySeconds: z.int().min(0).default(300),
  maxSecrets: z.int().min(0).default(5),
  duplicateNames: z.enum(['accept', 'refuse']).default('accept'),
  /** Scopes that the environment knows; null: any. */
  knownScopes: z.array(z.string()).nullable().default(null),
  /** Secrets generated from now on end like this: two secrets with the same last four. */
  generatedSecretSuffix: z
    .string()
    .regex(/^[\w-]{0,8}$/)
    .default(''),

  /** The answer to a deletion: an object without members, or no body. */
  deleteAnswer: z.enum(['object', 'empty']).default('object'),

  // List
  unknownOrganizationList: z.enum(['not-found', 'empty']).default('not-found'),
  listOrder: z.enum(['created', 'newest-first']).default('created'),
  defaultPageSize: z.int().min(1).default(30),
  /** A page_size outside 10 to 100: taken as it is (at most 100), or refused. */
  pageSizeRule: z.enum(['ignore', 'enforce']).default('ignore'),
  /** No page is longer than this, whatever size was asked for. */
  pageSizeCap: z.int().min(0).default(0),
  /** Clients younger than this are not in the list. */
  listLagMs: z.number().min(0).default(0),
});

export type ScalekitSwitches = z.output<typeof scalekitSwitches>;
export type ScalekitSwitchPatch = z.input<typeof scalekitSwitches>;

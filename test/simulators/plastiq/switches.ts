import * as z from 'zod';
import { serverSwitches } from '../switches.ts';

const httpStatus = z.int().min(200).max(599);
const created = z.union([z.literal(200), z.literal(201)]);
const milliseconds = z.number().min(0);

/**
 * What is unverified about the real service (wire facts, section 9), each with the value that is most likely, and what
 * an account can come to.
 */
export const plastiqSwitches = z.strictObject({
  ...serverSwitches.shape,

  // The account
  /** Every call with an API key is refused: with 401, 403, or 503 (maintenance). */
  accountMode: z.enum(['normal', 'unauthorized', 'forbidden', 'maintenance']).default('normal'),
  /** Addresses from which API keys are taken; empty: all. */
  allowedAddresses: z.array(z.string()).default([]),
  apiKeyLifetimeMs: milliseconds.default(365 * 86_400_000),
  /** How long a key lives on that was rotated. */
  rotatedKeyLifetimeMs: milliseconds.default(12 * 3_600_000),

  // Answers
  /** Of every creation. */
  createStatus: created.default(200),
  /** The shape of errors that is documented now, or that of the specification of 2021. */
  errorShape: z.enum(['current', '2021']).default('current'),
  /** What the answer to the creation of a secret holds besides `clientSecret`. */
  moreFields: z.record(z.string(), z.unknown()).default({}),

  // The creation of a secret
  /** Of the first version; the second takes a body without a payer. */
  missingPayer: z.union([z.literal('accept'), httpStatus]).default(400),
  unknownPayerStatus: httpStatus.default(404),
  missingUserAgent: z.enum(['accept', 'refuse']).default('accept'),
  /** In the body. */
  unknownFields: z.enum(['ignore', 'refuse']).default('ignore'),
  /** A secret is the prefix, and behind it so many characters of the base64url alphabet. */
  secretPrefix: z.string().default(''),
  secretLength: z.int().min(1).max(64).default(44),

  // The life of a secret
  lifetimeV1Ms: milliseconds.default(60_000),
  lifetimeV2Ms: milliseconds.default(30 * 60_000),
  singleUseV1: z.boolean().default(true),
  singleUseV2: z.boolean().default(false),
  spentSecretStatus: httpStatus.default(401),
  expiredSecretStatus: httpStatus.default(401),
  /** A secret of one payer that is used for another. */
  foreignPayerStatus: httpStatus.default(403),
});

export type PlastiqSwitches = z.output<typeof plastiqSwitches>;
export type PlastiqSwitchPatch = z.input<typeof plastiqSwitches>;

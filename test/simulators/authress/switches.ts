import * as z from 'zod';
import { serverSwitches } from '../switches.ts';

/**
 * What is unverified about the real service (wire facts, sections 11 and 13), each with the value that is most
 * likely, and what an account can come to. 0 means "no limit" and "never".
 */
export const authressSwitches = z.strictObject({
  ...serverSwitches.shape,

  // The account
  /**
   * What the management key may do: everything; nothing, said by 401 or by 403; or nothing, said as the service
   * documents it (`blind`): one client is 404, the list as `blindList` says, and writes as `blindWrites` says.
   */
  accountMode: z.enum(['normal', 'unauthorized', 'forbidden', 'blind']).default('normal'),
  blindList: z.enum(['empty', 'forbidden']).default('empty'),
  blindWrites: z.enum(['forbidden', 'not-found']).default('forbidden'),
  maxClients: z.int().min(0).default(0),
  /** Custom domains: URLs under which the account is reached too, so that tokens may name them as their issuer. */
  domains: z.array(z.string()).default([]),
  /** The client of the management key is in the list, as any other client. */
  managementClientListed: z.boolean().default(true),
  /** What a client without permissions hears when it asks for itself. */
  ownClientRead: z.enum(['not-found', 'forbidden', 'allowed']).default('not-found'),

  // Errors
  errorMembers: z.array(z.enum(['title', 'errorCode', 'errorId'])).default(['title', 'errorCode', 'errorId']),
  retryAfter: z.enum(['absent', 'present']).default('absent'),

  // Clients
  /** A writable field that is not in the body of a PUT. */
  putOmitted: z.enum(['clear', 'keep']).default('clear'),
  /** Fields of a body that are unknown or read-only, such as `clientId`. */
  extraFields: z.enum(['ignore', 'refuse']).default('ignore'),
  /** Empty `rateLimits`, `tags` and `verificationKeys` of an answer. */
  emptyCollections: z.enum(['present', 'absent']).default('present'),
  maxNameLength: z.int().min(0).default(128),
  maxTags: z.int().min(0).default(0),
  maxTagKeyLength: z.int().min(0).default(0),
  /** Quotas of `rateLimits`: only the four that are documented, or any between 100 and 1,000,000. */
  quotas: z.enum(['documented', 'any']).default('documented'),
  deleteUnknown: z.enum(['refuse', 'accept']).default('refuse'),

  // Access keys
  sixthKeyStatus: z.int().min(400).max(499).default(422),
  /** A new key of a client is refused for so long. */
  keyDelayMs: z.number().min(0).default(0),
  /** One key within so many milliseconds for each client; the others are 429. */
  keyWindowMs: z.number().min(0).default(0),
  /** A public key in a key request: it is taken, or a key is made all the same, as by an API that does not know it. */
  ownKeys: z.enum(['accept', 'ignore']).default('accept'),
  /** `publicKey` of an answer: as it was sent, without its padding, or left out. */
  publicKeyEcho: z.enum(['exact', 'unpadded', 'absent']).default('exact'),
  generationDates: z.enum(['present', 'absent']).default('present'),
  /** `clientSecret` of a generated key: a secret of its own, the private key once more, or left out. */
  clientSecrets: z.enum(['separate', 'private-key', 'absent']).default('separate'),
  keyOrder: z.enum(['created', 'newest-first']).default('created'),

  // List
  /** All of a client, or only `clientId`, `createdTime` and `name`. */
  listItems: z.enum(['full', 'summary']).default('full'),
  listOrder: z.enum(['created', 'newest-first']).default('created'),
  /** Clients younger than this are not in the list. */
  listLagMs: z.number().min(0).default(0),
  /** No page is longer than this, whatever limit was asked for. */
  pageSizeCap: z.int().min(1).max(20).default(20),
  /** `pagination` of the last page: `{}`, `{"next":null}`, or left out. */
  lastPage: z.enum(['empty', 'null', 'absent']).default('empty'),
});

export type AuthressSwitches = z.output<typeof authressSwitches>;
export type AuthressSwitchPatch = z.input<typeof authressSwitches>;

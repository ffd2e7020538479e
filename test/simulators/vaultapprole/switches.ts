import * as z from 'zod';
import { serverSwitches } from '../switches.ts';

/** What differs between versions of Vault or was not seen, each with the value that was seen, and what a server can come to. */
export const vaultSwitches = z.strictObject({
  ...serverSwitches.shape,

  // The server
  sealed: z.boolean().default(false),
  /**
   * What the management token may do in the mount: everything; only mint, show and destroy secret ids and read role ids;
   * or nothing. All are 403 with the same words.
   */
  rights: z.enum(['all', 'secret-ids', 'none']).default('all'),
  /** How long a token of the operator's own login is good; 0: until it is revoked. */
  managementTokenTtlMs: z.number().min(0).default(3_600_000),
  /** `lease_duration` of a login is a number of seconds, or left out. */
  leaseDuration: z.enum(['present', 'absent']).default('present'),

  // Roles
  /** The policies of a role are shown as they were written, or sorted. */
  policyOrder: z.enum(['written', 'sorted']).default('written'),
  /** A role whose list is asked for and that has none: 404 without a word, or an empty list. */
  emptyLists: z.enum(['not-found', 'empty']).default('not-found'),
  /** What a secret id of a role that is gone is refused with. */
  goneRole: z.enum(['errors', 'data']).default('errors'),

  // Secret ids
  /** To destroy a secret id that is gone is an error of the server, as seen, or is not found. */
  destroyUnknown: z.enum(['server-error', 'not-found']).default('server-error'),
  /** A secret id that is unlimited in time has an `expiration_time` of the year 1, or none. */
  endlessExpiry: z.enum(['year-one', 'absent']).default('year-one'),
});

export type VaultSwitches = z.output<typeof vaultSwitches>;
export type VaultSwitchPatch = z.input<typeof vaultSwitches>;

import * as z from 'zod';
import { serverSwitches } from '../switches.ts';

/** What differs between realms, each with the value that was seen, and what a server can come to. */
export const keycloakSwitches = z.strictObject({
  ...serverSwitches.shape,

  /** What the operator's client may do: everything with clients, or nothing. */
  rights: z.enum(['manage-clients', 'none']).default('manage-clients'),
  /** How long a token of the realm is good, and of the realm master. */
  tokenTtlMs: z.number().min(1_000).default(300_000),
  masterTokenTtlMs: z.number().min(1_000).default(60_000),
  /** How long the rotation policy lets a secret of a client with our attribute live; 0: the realm has no such policy. */
  secretLifeMs: z.number().min(0).default(0),
  /** How the server calls itself, which is the issuer of its tokens and the audience of assertions; empty: by any address. */
  hostname: z.string().default(''),
  /** Clients that the list leaves out of its pages, which are shorter then: somebody may not see them. */
  hiddenPrefix: z.string().default(''),
});

export type KeycloakSwitches = z.output<typeof keycloakSwitches>;
export type KeycloakSwitchPatch = z.input<typeof keycloakSwitches>;

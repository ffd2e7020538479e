import { tableOfClients, worksAtClient } from '../common/table.ts';
import type { Style } from '../style.ts';
import { broken } from './broken.ts';
import { hides, stateOf } from './credentials.ts';
import { formerOf, twoPhaseOf } from './situation.ts';
import { working } from './working.ts';

/**
 * The two-phase style (Stytch): one secret is current, at most one is next, and both are valid.
 *
 *            start                    promote
 *   current ───────► current + next ───────────► current (the former next)
 *                          │ cancel
 *                          └────────► current (unchanged)
 *
 * Promote and cancel act by position, so before each of them the client is read live and the suffix compared.
 */
export const twoPhase: Style = {
  rows: tableOfClients(twoPhaseOf, working, broken),
  hasClients: true,
  mints: 'start',
  discards: 'by-position',
  works: worksAtClient,
  former: formerOf,
  stateOf,
  hides,
  // The id of a credential is its last four characters.
  suffixOf: ({ credentialId }) => credentialId,
};

import { otherOf } from '../common/position.ts';
import { tableOfClients, worksAtClient } from '../common/table.ts';
import { publishedId } from '../locate.ts';
import type { Style } from '../style.ts';
import { broken } from './broken.ts';
import { hides, stateOf } from './credentials.ts';
import { openIsOurs, twoPhaseOf } from './situation.ts';
import { working } from './working.ts';

/** What is open can be cancelled. What has become the current one stays: the client would have none without it. */
const revokes: Style['revokes'] = (facts, client) => {
  const { next } = twoPhaseOf(facts, client);
  return next !== undefined && (next === publishedId(facts) || openIsOurs({ facts, next }))
    ? {
        kind: 'cancel',
        client,
        suffix: next,
        reason: 'Deleting',
        message: 'the credential that the operator has issued is revoked',
      }
    : undefined;
};

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
  former: otherOf,
  stateOf,
  revokes,
  settles: () => undefined,
  hides,
  // The id of a credential is its last four characters.
  suffixOf: ({ credentialId }) => credentialId,
};

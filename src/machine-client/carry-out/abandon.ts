import type { Connected } from '../../providers/connected.ts';
import type { Minted } from '../../providers/provider.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { styleOf } from '../policies/styles.ts';
import { recordMinted, recordResult, type Fence } from './fence.ts';
import { scaled } from '../timing.ts';
import { offered } from '../../providers/offered.ts';

/** For a turn in the account's budget; afterwards it is found as a lost one. */
const LONGEST_WAIT_MS = 60_000;

/**
 * A credential that this pass has minted and certainly not published: it was refused, another one has won the Secret,
 * or it became too late.
 *
 *   by-id         deleted by its own id, the one upstream write without a fence: nobody else knows of it, so nothing can
 *                 have come to depend on it. Dead before or during it: it is found as a lost one, and goes through the
 *                 gate
 *   by-position   left open: only a fenced look may cancel by position. Its suffix is written down, so that the next
 *                 pass knows it for ours
 *   by-itself     it ends without us
 */
export const abandon = async (
  context: ReconcileContext,
  connected: Connected,
  { operation }: Fence,
  { client, credential }: Minted,
): Promise<void> => {
  const { account } = connected;
  const { discards } = styleOf(context.wish, account);
  if (discards === 'by-position') {
    await recordMinted(context, operation, credential.id);
    return;
  }
  if (discards === 'by-itself') return;
  // Without a fence a set would be written beside that of whoever has won the Secret: it is found by what it carries.
  if (account.capabilities.writesKeySet) return;
  using turn = await context.budget.turn(connected, scaled(context.ports.timing, LONGEST_WAIT_MS));
  if (!turn) return;
  const outcome = await context.send(turn, (call) =>
    offered(account.additive, 'retirement by id').retire(client, credential.id, call),
  );
  if (outcome.kind !== 'ok') return;
  // What the mint has answered may be minutes old by now, and the client may be gone since.
  context.sawRetired(client.id, credential.id);
  await recordResult(context, operation, 'rejected');
};

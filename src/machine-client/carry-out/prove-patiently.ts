import type { Connected } from '../../providers/connected.ts';
import { ProviderError, type Outcome } from '../../providers/outcome.ts';
import type { Minted } from '../../providers/provider.ts';
import { sleep } from '../../runtime/clock.ts';
import { published, wantedLayout } from '../layout.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import type { Fence } from './fence.ts';
import { scaled } from '../timing.ts';
import { offered } from '../../providers/offered.ts';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/** The account's budget was used up, or closed by a 429, for as long as the credential could be published. */
const noTurn: Outcome<void> = {
  kind: 'rejected',
  error: new ProviderError('the new credential could not be proven: the budget of the account was used up', {
    reason: 'RateLimited',
    retry: 'later',
    status: 0,
    withheld: true,
  }),
};

/**
 * Asks whether a new credential works, again and again for as long as the provider declares that it may need. Meanwhile
 * the pass holds neither a worker nor a part of the budget; the value is in memory only, so dead in between it is lost
 * and found as such.
 */
export const provePatiently = async (
  context: ReconcileContext,
  connected: Connected,
  { publishBy }: Fence,
  { client, credential }: Minted,
): Promise<Outcome<void>> => {
  const { account } = connected;
  const { clock, timing } = context.ports;
  // What the Secret will not hold proves nothing of what it will.
  const layout = wantedLayout(context.object.spec, account, context.secret?.layout);
  const values = published(credential.values, layout);
  const ask = async (): Promise<Outcome<void>> => {
    using turn = await context.budget.turn(connected, publishBy - clock.monotonic());
    return turn
      ? await context.send(
          turn,
          (call) => offered(account.clients, 'clients').prove(client.id, values, call),
          { leaveBy: publishBy },
        )
      : noTurn;
  };
  let told = false;
  const patientUntil = clock.monotonic() + scaled(timing, account.capabilities.proofTimeMs);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const proof = await ask();
    const waits = scaled(timing, pause);
    if (proof.kind === 'ok' || clock.monotonic() + waits > patientUntil) return proof;
    const refused = proof.error.reason === 'CredentialRefused';
    // One bad answer in minutes is no reason to throw a new credential away: another one may be had only in an hour.
    if (!refused && proof.error.retry !== 'soon') return proof;
    if (refused && !told) {
      told = true;
      context.ports.event(
        context.object,
        'Normal',
        'Verifying',
        `the new credential is not accepted yet; this provider may need ${Math.ceil(account.capabilities.proofTimeMs / 60_000)} minutes, and until then the Secret stays as it is`,
      );
    }
    await context.aside(() => sleep(clock, waits, context.signal));
  }
};

import { annotations } from '../../api/group.ts';
import { KubeError } from '../../kube/errors.ts';
import type { Connected } from '../../providers/connected.ts';
import { sleep } from '../../runtime/clock.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { requestToken } from '../requests.ts';
import { type Step, kubeSetback } from '../step.ts';
import { scaled } from '../timing.ts';
import type { Fence } from './fence.ts';
import { rewrittenSetback } from './rewritten.ts';
import { type Credential, send, type Target } from './secret-write.ts';

/** What a new credential answers: the request that is open, else what the one before it answered. */
export const answeredRequest = ({ object, secret }: ReconcileContext): string | undefined =>
  requestToken(object, annotations.rotateRequested) ?? secret?.rotateRequest;

const FIRST_PAUSE_MS = 100;
/** How a publication ended. `lost`: it is certain that no Secret holds the credential. */
export interface Published {
  readonly step: Step;
  readonly lost: boolean;
}

/** The status says next what was published: another fence before it would hide whose the open credential is. */
const published: Published = { step: { kind: 'write-status' }, lost: false };

/**
 * The publication: data and annotations in one write, conditional on the Secret as it was before the fence.
 *
 *   dead before it   the credential is lost in memory; upstream still shows it: one more is minted, this one retired
 *   dead during it   the Secret is there or not, and says which operation it comes from
 *   dead after it    status is derived from the Secret
 *
 * The value exists nowhere else, so a failure that may pass is tried again for as long as V allows: the write is
 * conditional, hence it cannot be applied twice. A 409 ends the pass: another one has won the Secret.
 */
export const publish = async (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  fence: Fence,
  credential: Credential,
): Promise<Published> => {
  const { clock, timing } = context.ports;
  let pause = scaled(timing, FIRST_PAUSE_MS);
  // One that was sent and not answered may be there, whatever is said of the next one.
  let mayBeThere = false;
  const ended = (step: Step): Published => ({ step, lost: !mayBeThere });
  for (;;) {
    try {
      const { wire, rewritten } = await send(context, connected, target, fence.operation.id, credential, {
        leaveBy: fence.publishBy,
      });
      context.adoptSecret(wire);
      if (rewritten !== undefined)
        // The dry run came back as it was sent: whatever does this does it in earnest alone, each time that it is tried.
        return {
          step: {
            kind: 'setback',
            setback: { ...rewrittenSetback(wire.metadata.name, rewritten), retry: 'later' },
          },
          lost: false,
        };
      context.log.info({ operation: fence.operation.id, clientId: credential.clientId }, 'published');
      return published;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.status === 409) {
        // Our own write of unknown result, or somebody else's.
        const wire = await context.readSecret();
        if (wire?.metadata.annotations?.[annotations.operation] !== fence.operation.id)
          return ended({ kind: 'stale' });
        context.adoptSecret(wire);
        return published;
      }
      mayBeThere ||= error.outcome === 'unknown';
      if (mayBeThere) context.ports.shown.set(context.object.uid, true);
      const passing =
        error.outcome === 'unknown' || error.status === 429 || error.status >= 500 || error.status === 0;
      // The dry run was taken and this is not: whoever says no here would cost one more credential at each try.
      if (!passing) return ended({ kind: 'setback', setback: { ...kubeSetback(error), retry: 'later' } });
      if (clock.monotonic() + pause >= fence.publishBy)
        return ended({ kind: 'setback', setback: kubeSetback(error) });
      await sleep(
        clock,
        Math.min(Math.max(pause, error.retryAfterMs ?? 0), fence.publishBy - clock.monotonic()),
        context.signal,
      );
      pause *= 2;
    }
  }
};

import type { Connected } from '../../providers/connected.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import type { Step } from '../step.ts';
import { dryRunSecret, isStep } from './dry-run.ts';
import { answeredRequest, publish } from './publish.ts';
import { upstreamWrite } from './upstream-write.ts';
import { offered } from '../../providers/offered.ts';

/**
 * A secret that belongs to no client.
 *
 *   dead during or after the request   it is lost, and ends by itself; another one is issued when K is settled
 *
 * It is not proven: asking with it may spend it.
 */
export const issue = async (context: ReconcileContext, connected: Connected): Promise<Step> => {
  const target = await dryRunSecret(context, connected, '');
  if (isStep(target)) return target;
  const wish = context.wish;
  const written = await upstreamWrite(
    context,
    connected,
    'issue',
    { incarnation: context.incarnation },
    (call) => offered(connected.account.ephemeral, 'an issued secret').issue(wish, call),
  );
  if (written.kind !== 'done') return written.step;
  const { step } = await publish(context, connected, target, written.fence, {
    clientId: '',
    credential: written.value,
    rotateRequest: answeredRequest(context),
  });
  return step;
};

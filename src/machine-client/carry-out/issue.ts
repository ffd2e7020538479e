import type { Connected } from '../../providers/connected.ts';
import type { Pass } from '../pass.ts';
import type { Step } from '../step.ts';
import { answeredRequest, isStep, publish, rehearse } from './publish.ts';
import { upstreamWrite } from './upstream-write.ts';
import { offered } from '../../providers/offered.ts';

/**
 * A secret that belongs to no client.
 *
 *   dead during or after the request   it is lost, and ends by itself; another one is issued when K is settled
 *
 * It is not proven: asking with it may spend it.
 */
export const issue = async (pass: Pass, connected: Connected): Promise<Step> => {
  const target = await rehearse(pass, connected, '');
  if (isStep(target)) return target;
  const wish = pass.wish;
  const written = await upstreamWrite(pass, connected, 'issue', { incarnation: pass.incarnation }, (call) =>
    offered(connected.account.ephemeral, 'an issued secret').issue(wish, call),
  );
  if (written.kind !== 'done') return written.step;
  const { step } = await publish(pass, connected, target, written.fence, {
    clientId: '',
    credential: written.value,
    rotateRequest: answeredRequest(pass),
  });
  return step;
};

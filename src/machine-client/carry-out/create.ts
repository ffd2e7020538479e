import type { Connected } from '../../providers/connected.ts';
import { duplicateClient } from '../../providers/provider.ts';
import { Secret } from '../../runtime/secret.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again } from '../step.ts';
import type { Effect } from '../plan.ts';
import { readImport } from './import.ts';
import { publishMinted } from './mint.ts';
import { dryRunSecret, isStep } from './dry-run.ts';
import { upstreamWrite } from './upstream-write.ts';
import { offered } from '../../providers/offered.ts';

type Create = Extract<Effect, { kind: 'create' }>;

/**
 * A client, and its first credential where the provider makes one with it.
 *
 *   dead before the request   nothing is upstream, and after K.until that is certain
 *   dead during or after it   the client is there, with our mark and under a chosen id where one can be chosen; its
 *                             secret is lost, and one more is minted on the same client
 */
export const create = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Create,
): Promise<Step> => {
  const imported = await readImport(context);
  if (imported !== undefined && !(imported instanceof Secret)) return imported;
  const target = await dryRunSecret(context, connected, plan.clientId ?? '');
  if (isStep(target)) return target;
  const { account } = connected;
  const wish = context.wish;
  // Who brought the secret may have given it to others.
  const detail = { incarnation: plan.incarnation, first: imported === undefined };
  const written = await upstreamWrite(context, connected, 'create', detail, (call) =>
    offered(account.clients, 'clients').create(wish, plan.clientId, imported, call),
  );
  if (written.kind === 'done') {
    const { client, credential } = written.value;
    context.saw(client.id, client);
    if (credential)
      return await publishMinted(context, connected, target, written.fence, {
        client,
        credential: imported ? { ...credential, imported: true } : credential,
      });
    // The first credential is a call of its own, behind a fence of its own.
    context.answered = written.fence.operation.id;
    return again;
  }
  if (written.rejectedAs === duplicateClient && plan.clientId !== undefined) {
    // It is there already, ours or not: what was known of it is wrong, so look.
    context.looked.delete(plan.clientId);
    return await lookAgain(context, connected, plan.clientId, written.step);
  }
  return written.step;
};

const lookAgain = async (
  context: ReconcileContext,
  connected: Connected,
  id: string,
  otherwise: Step,
): Promise<Step> => {
  const asked = context.budget.ask(connected);
  if (asked.kind === 'busy') return asked;
  using turn = asked;
  const outcome = await context.send(turn, (call) =>
    offered(connected.account.clients, 'clients').get(id, call),
  );
  // It is there, and reads do not show it yet: nothing is gained by asking at once.
  if (outcome.kind !== 'ok' || !outcome.value)
    return otherwise.kind === 'setback' && outcome.kind === 'ok'
      ? { ...otherwise, setback: { ...otherwise.setback, retry: 'later' } }
      : otherwise;
  context.saw(id, outcome.value);
  return again;
};

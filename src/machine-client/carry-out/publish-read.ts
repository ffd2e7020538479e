import { annotations } from '../../api/group.ts';
import { parseOperation } from '../../api/operation.ts';
import type { Connected } from '../../providers/connected.ts';
import { offered } from '../../providers/offered.ts';
import type { Effect } from '../plan.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, providerSetback } from '../step.ts';
import { isUnresolved } from '../operation.ts';
import { lastPublishedId } from '../policies/locate.ts';
import { dryRunSecret, isStep } from './dry-run.ts';
import { raiseFence, recordMinted } from './fence.ts';
import { answeredRequest, publish } from './publish.ts';

type PublishRead = Extract<Effect, { kind: 'publish-read' }>;

/**
 * A credential that the provider has and shows is published: read, and where the plan says so proven, before the fence, for
 * nothing is written upstream. Dead at any moment of it, it is read again.
 */
export const publishRead = async (
  context: ReconcileContext,
  connected: Connected,
  plan: PublishRead,
): Promise<Step> => {
  const { client, credentialId, previous } = plan;
  const target = await dryRunSecret(context, connected, client.id);
  if (isStep(target)) return target;
  const proves = plan.prove && context.object.spec.rotation.verification === 'OnRotation';
  const asked = context.budget.ask(connected, proves ? 2 : 1);
  if (asked.kind === 'busy') return asked;
  using turn = asked;
  const { account } = connected;
  const found = await context.send(turn, (call) =>
    offered(account.staged, 'reading of credentials').read(client, credentialId, call),
  );
  if (found.kind !== 'ok') return providerSetback(found.error);
  if (!found.value) {
    context.forget(client.id);
    const message = 'the credential that was to be read is not on the client any more; it is looked at again';
    return {
      kind: 'setback',
      setback: { reason: 'RotationDisturbed', message, retry: 'soon', side: 'provider' },
    };
  }
  const read = found.value;
  if (proves) {
    const proof = await context.send(turn, (call) =>
      offered(account.clients, 'clients').prove(client.id, read.values, call),
    );
    if (proof.kind !== 'ok') {
      if (proof.error.reason === 'CredentialRefused') await refuse(context, credentialId);
      return providerSetback(proof.error, 'later');
    }
  }
  const fence = await raiseFence(context, 'publish', { incarnation: context.incarnation });
  if (proves) context.proof = { operation: fence.operation.id, ok: true, message: '' };
  const { secret, object } = context;
  // The same one again answers no new request, and is no younger than it was.
  const isSame = secret?.integrity === 'ok' && secret.credentialId === credentialId;
  const isKnown = lastPublishedId(object) === credentialId;
  if (!isSame && previous === undefined) sayDisturbed(context, plan);
  const { step } = await publish(context, connected, target, fence, {
    clientId: client.id,
    credential: { ...read, previous },
    rotateRequest: isSame ? secret.rotateRequest : answeredRequest(context),
    rotatedAt: isSame ? secret.rotatedAt : isKnown ? lastRotation(object) : undefined,
    first: isSame ? secret.first : undefined,
  });
  return step;
};

/** As after a mint that was refused: a stage whose answer was lost is not tried again for ever, and goes through the gate. */
const refuse = async (context: ReconcileContext, credentialId: string): Promise<void> => {
  const { object, secret } = context;
  const last = parseOperation(object.annotations[annotations.operation]);
  if (last?.kind === 'stage' && isUnresolved(last, secret, object.status.operation))
    await recordMinted(context, last, credentialId);
};

const lastRotation = ({ status }: ReconcileContext['object']): number | undefined =>
  Date.parse(status.lastRotationTime ?? '') || undefined;

/** Nobody touched the Secret, and still another credential is published: the console, or a late call. */
const sayDisturbed = (
  { secret, object, ports }: ReconcileContext,
  { client, message }: PublishRead,
): void => {
  if (secret?.integrity !== 'ok' || secret.clientId !== client.id) return;
  ports.event(object, 'Warning', 'RotationDisturbed', message);
};

import type { Reason } from '../../api/reasons.ts';
import type { OperationKind } from '../../api/operation.ts';
import { ownValue } from '../../runtime/own.ts';
import type { Connected } from '../../providers/connected.ts';
import type { Outcome } from '../../providers/outcome.ts';
import { credentialLimit, type Minted, type NewCredential, noOverlap } from '../../providers/provider.ts';
import { isSecretField, wantedLayout } from '../layout.ts';
import { styleOf } from '../policies/styles.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, providerSetback } from '../step.ts';
import type { Effect } from '../plan.ts';
import { abandon } from './abandon.ts';
import type { Fence } from './fence.ts';
import { provePatiently } from './prove-patiently.ts';
import { dryRunSecret, isStep } from './dry-run.ts';
import { answeredRequest, publish } from './publish.ts';
import type { Target } from './secret-write.ts';
import { upstreamWrite, type Written } from './upstream-write.ts';
import { offered } from '../../providers/offered.ts';

type Mint = Extract<Effect, { kind: 'mint' }>;

/** Whatever asked for it: the Secret's entries want something that this credential does not have. */
const missingField = (
  context: ReconcileContext,
  connected: Connected,
  { values }: NewCredential,
): string | undefined => {
  const layout = wantedLayout(context.object.spec, connected.account, context.secret?.layout);
  return layout.map(([, field]) => field).find((field) => isSecretField(field) && !values[field]);
};

export const publishMinted = async (
  context: ReconcileContext,
  connected: Connected,
  target: Target,
  fence: Fence,
  minted: Minted,
): Promise<Step> => {
  const { client, credential } = minted;
  const missing = missingField(context, connected, credential);
  if (missing !== undefined) {
    await abandon(context, connected, fence, minted);
    const message = `the provider gave no ${missing} with the new credential, which an entry of spec.secret asks for; let it ask for another field`;
    return {
      kind: 'setback',
      setback: { reason: 'UnexpectedAnswer', message, retry: 'later', side: 'provider' },
    };
  }
  const { step, lost } = await publish(context, connected, target, fence, {
    clientId: client.id,
    credential,
    rotateRequest: answeredRequest(context),
    // With the client's own first one there is no other.
    first: fence.operation.first === true && fence.operation.kind !== 'create',
  });
  if (lost) await abandon(context, connected, fence, minted);
  return step;
};

/** Nobody touched the Secret, and still its credential is gone: a late call of a dead operation, or the console. */
const sayDisturbed = ({ secret, object, ports }: ReconcileContext, { client }: Mint): void => {
  if (secret?.integrity !== 'ok' || secret.clientId !== client.id) return;
  if (client.credentials.some(({ id }) => id === secret.credentialId)) return;
  ports.event(
    object,
    'Warning',
    'RotationDisturbed',
    `the provider does not show the published credential${secret.imported ? '' : ` ****${secret.credentialId}`} any more; a new one is made`,
  );
};

/** One more credential beside the others, proven where the plan says so, and published. */
export const mint = async (context: ReconcileContext, connected: Connected, plan: Mint): Promise<Step> => {
  const target = await dryRunSecret(context, connected, plan.client.id);
  if (isStep(target)) return target;
  const { account } = connected;
  const wish = context.wish;
  const isProven = plan.prove && context.object.spec.rotation.verification === 'OnRotation';
  const written = await upstreamWrite(
    context,
    connected,
    styleOf(wish, account).mints,
    {
      incarnation: context.incarnation,
      proves: isProven,
      before: plan.client.credentials,
      client: plan.client.id,
    },
    (call) => offered(account.clients, 'clients').mint(wish, plan.client, call),
    isProven ? 2 : 1,
  );
  if (written.kind !== 'done') {
    // Refused because the client is not as we saw it: the next look is a live one.
    context.forget(plan.client.id);
    return saidAs(written);
  }
  const { value: minted, fence } = written;
  sayDisturbed(context, plan);
  // Now, and not after the proof: that may take minutes, and a list that came meanwhile knows more of the client.
  context.saw(minted.client.id, minted.client);
  const { id } = minted.credential;
  if (plan.client.credentials.some((present) => present.id === id)) {
    // The new secret ends as another one does: published, nobody could tell the two apart. It is cancelled instead.
    const message = `the new secret ends as another one of the client does; it is cancelled and made again`;
    return {
      kind: 'setback',
      setback: { reason: 'RotationDisturbed', message, retry: 'soon', side: 'provider' },
    };
  }
  if (isProven) {
    const replaced = hasReplaced(styleOf(wish, account).mints, minted.credential);
    // For a turn in the budget it waits no longer than that leaves time to publish.
    const within = replaced ? { ...fence, publishBy: fence.leaveBy } : fence;
    const proof = await provePatiently(context, connected, within, minted);
    if (proof.kind !== 'ok' && !replaced) return await refused(context, connected, fence, minted, proof);
    const operation = fence.operation.id;
    if (proof.kind === 'ok') context.proof = { operation, ok: true, message: '' };
    else if (proof.error.reason === 'CredentialRefused')
      context.proof = { operation, ok: false, message: proof.error.message };
  }
  return await publishMinted(context, connected, target, fence, minted);
};

/** The one before it is dead already: whoever keeps the new one back for a proof keeps programs out for as long. */
const hasReplaced = (mints: OperationKind, { previous }: NewCredential): boolean =>
  mints === 'stage' && previous === undefined;

/** Not published: the old credential still works, and the Secret stays as it was. */
const refused = async (
  context: ReconcileContext,
  connected: Connected,
  fence: Fence,
  minted: Minted,
  proof: Exclude<Outcome<void>, { kind: 'ok' }>,
): Promise<Step> => {
  // After minutes of waiting what was seen before them is not what the status should say.
  context.forget(minted.client.id);
  await abandon(context, connected, fence, minted);
  return providerSetback(proof.error, 'later');
};

/**
 * The provider counts more than it shows, or others were quicker: a person, or the next sweep, must say which. Or it keeps
 * none beside the one that is in use, which a person may have changed by the next try.
 */
const reasonOf: Readonly<Record<string, Reason>> = {
  [credentialLimit]: 'CredentialLimitReached',
  [noOverlap]: 'OverlapNotPossible',
};
const saidAs = ({ step, rejectedAs }: Extract<Written<unknown>, { kind: 'not-done' }>): Step => {
  const reason = rejectedAs === undefined ? undefined : ownValue(reasonOf, rejectedAs);
  return reason && step.kind === 'setback'
    ? { ...step, setback: { ...step.setback, reason, retry: 'later' } }
    : step;
};

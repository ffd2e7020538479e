import { annotations } from '../../api/group.ts';
import type { Connected } from '../../providers/connected.ts';
import { duplicateClient, type Minted } from '../../providers/provider.ts';
import { Secret } from '../../runtime/secret.ts';
import { KubeError } from '../../kube/errors.ts';
import { secrets as secretResource } from '../../kube/resource.ts';
import { isNotFound } from '../../kube/errors.ts';
import type { Effect } from '../plan.ts';
import { again, kubeSetback, providerSetback, type Pass, type Step } from '../pass.ts';
import type { SecretWire } from '../secret-view.ts';
import { recordMinted, type Fence } from './fence.ts';
import { publish, rehearse, type Target } from './publish.ts';
import { requestToken } from '../requests.ts';
import { upstreamWrite } from './upstream-write.ts';

type Create = Extract<Effect, { kind: 'create' }>;
type Mint = Extract<Effect, { kind: 'mint' }>;

const isStep = (value: Target | Step): value is Step => value.kind !== 'absent' && value.kind !== 'present';

const publishMinted = (
  pass: Pass,
  connected: Connected,
  target: Target,
  fence: Fence,
  minted: Minted,
): Promise<Step> => {
  pass.saw(minted.client.id, minted.client);
  return publish(pass, connected, target, fence, {
    clientId: minted.client.id,
    credentialId: minted.credentialId,
    secret: minted.secret,
    rotateRequest: requestToken(pass.object, annotations.rotateRequested) ?? pass.secret?.rotateRequest,
  });
};

/** The value of `importSecretRef`, live. */
export const readImport = async (pass: Pass): Promise<Secret | undefined | Step> => {
  const ref = pass.object.spec.stytch?.importSecretRef;
  if (!ref) return undefined;
  const missing = (message: string): Step => ({
    kind: 'setback',
    setback: { reason: 'ImportSecretMissing', message, retry: 'soon', side: 'kubernetes' },
  });
  try {
    const wire = await pass.ports.kube.get<SecretWire>(
      secretResource,
      { namespace: pass.object.namespace, name: ref.name },
      { signal: pass.signal },
    );
    const value = wire.data?.[ref.key];
    return value === undefined
      ? missing(`spec.stytch.importSecretRef: the Secret ${ref.name} has no key ${ref.key}`)
      : new Secret(Buffer.from(value, 'base64').toString('utf8'));
  } catch (error) {
    if (isNotFound(error)) return missing(`spec.stytch.importSecretRef: there is no Secret ${ref.name}`);
    if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
    throw error;
  }
};

/**
 * A client, and its first credential.
 *
 *   dead before the request   nothing is upstream, and after K.until that is certain
 *   dead during or after it   the client is there, under an id that was chosen before and with our mark; its secret is
 *                             lost, and one more is minted on the same client
 */
export const create = async (pass: Pass, connected: Connected, plan: Create): Promise<Step> => {
  const imported = await readImport(pass);
  if (imported !== undefined && !(imported instanceof Secret)) return imported;
  const target = await rehearse(pass, connected, plan.clientId ?? '');
  if (isStep(target)) return target;
  const { account } = connected;
  const wish = pass.wish;
  const written = await upstreamWrite(pass, connected, 'create', { incarnation: plan.incarnation }, (call) =>
    account.create(wish, plan.clientId, imported, call),
  );
  if (written.kind === 'done')
    return await publishMinted(pass, connected, target, written.fence, written.value);
  if (written.rejectedAs === duplicateClient && plan.clientId !== undefined) {
    // It is there already, ours or not: what was known of it is wrong, so look.
    pass.looked.delete(plan.clientId);
    return await lookAgain(pass, connected, plan.clientId, written.step);
  }
  return written.step;
};

const lookAgain = async (pass: Pass, connected: Connected, id: string, otherwise: Step): Promise<Step> => {
  const admission = pass.ask(connected);
  if (!admission.granted) return { kind: 'busy', retryAfterMs: admission.retryAfterMs };
  using _permit = admission;
  const outcome = await connected.account.get(id, pass.call);
  pass.heard(outcome);
  if (outcome.kind !== 'ok' || !outcome.value) return otherwise;
  pass.saw(id, outcome.value);
  return again;
};

/** Nobody touched the Secret, and still its credential is gone: a late call of a dead operation, or the console. */
const sayDisturbed = ({ secret, object, ports }: Pass, { client }: Mint): void => {
  if (secret?.integrity !== 'ok' || secret.clientId !== client.id) return;
  if (client.credentials.some(({ id }) => id === secret.credentialId)) return;
  ports.event(
    object,
    'Warning',
    'RotationDisturbed',
    `the provider does not show the published credential ****${secret.credentialId} any more; a new one is made`,
  );
};

/** One more credential beside the others, proven where the plan says so, and published. */
export const mint = async (pass: Pass, connected: Connected, plan: Mint): Promise<Step> => {
  const target = await rehearse(pass, connected, plan.client.id);
  if (isStep(target)) return target;
  const { account } = connected;
  const kind = account.capabilities.style === 'two-phase' ? 'start' : 'mint';
  const isProven = plan.prove && pass.object.spec.rotation.verification === 'OnRotation';
  const written = await upstreamWrite(
    pass,
    connected,
    kind,
    { incarnation: pass.incarnation },
    (call) => account.mint(plan.client, call),
    isProven ? 2 : 1,
  );
  if (written.kind !== 'done') {
    // Refused because the client is not as we saw it: the next look is a live one.
    pass.looked.delete(plan.client.id);
    return written.step;
  }
  const { value: minted, fence } = written;
  sayDisturbed(pass, plan);
  if (plan.client.credentials.some(({ id }) => id === minted.credentialId)) {
    // The new secret ends as another one does: published, nobody could tell the two apart. It is cancelled instead.
    pass.saw(minted.client.id, minted.client);
    const message = `the new secret ends in ****${minted.credentialId}, as another one of the client does; it is cancelled and made again`;
    return {
      kind: 'setback',
      setback: { reason: 'RotationDisturbed', message, retry: 'soon', side: 'provider' },
    };
  }
  if (isProven) {
    using _permit = pass.follow();
    const proof = await account.prove(minted.client.id, minted.secret, {
      signal: pass.signal,
      leaveBy: fence.publishBy,
    });
    pass.heard(proof);
    // Not published: the old credential still works. The next pass finds an open rotation of ours and cancels it.
    if (proof.kind !== 'ok') {
      pass.saw(minted.client.id, minted.client);
      await recordMinted(pass, fence.operation, minted.credentialId);
      return providerSetback(proof.error, 'later');
    }
    pass.proof = { operation: fence.operation.id, ok: true, message: '' };
  }
  return await publishMinted(pass, connected, target, fence, minted);
};

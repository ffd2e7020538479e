import { annotations } from '../../api/group.ts';
import { secretName } from '../../api/objects.ts';
import { isConflict, isNotFound, KubeError } from '../../kube/errors.ts';
import type { Connected } from '../../providers/connected.ts';
import type { Outcome } from '../../providers/outcome.ts';
import type { SecretValues } from '../../providers/provider.ts';
import { Secret } from '../../runtime/secret.ts';
import { sign } from '../integrity.ts';
import type { Effect } from '../plan.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { type Step, again, kubeSetback, providerSetback } from '../step.ts';
import { isSecretField, wantedLayout } from '../layout.ts';
import { renderData } from '../render.ts';
import {
  formatLayout,
  formatOwner,
  isEmpty,
  storedValues,
  viewSecret,
  type SecretView,
  type SecretWire,
} from '../secret-view.ts';
import { surroundings } from '../surroundings.ts';
import { annotate } from './annotate.ts';
import { takeAway } from './take-away.ts';
import { raiseFence } from './fence.ts';
import { readImport } from './import.ts';
import { dryRunSecret, isStep } from './dry-run.ts';
import { publish } from './publish.ts';
import { isFilledByOthers } from './strangers.ts';
import { ownValue } from '../../runtime/own.ts';
import { scaled } from '../timing.ts';
import { offered } from '../../providers/offered.ts';

type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

/** Of a Secret that is ours, live; `stale` when it is not the one that was decided on. */
const readOurs = async (context: ReconcileContext, view: SecretView): Promise<SecretWire | undefined> => {
  const wire = await context.readSecret(view.name);
  return wire?.metadata.uid === view.uid && wire.metadata.resourceVersion === view.resourceVersion
    ? wire
    : undefined;
};

/** The same credential under another name, or with other keys. Fenced as every publication is. */
export const publishStored = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Of<'publish-stored'>,
): Promise<Step> => {
  const source = await readOurs(context, plan.from);
  if (!source) return { kind: 'stale' };
  const values = storedValues(source, plan.from.layout);
  const target = await dryRunSecret(context, connected, plan.from.clientId);
  if (isStep(target)) return target;
  const fence = await raiseFence(context, 'publish', { incarnation: context.incarnation });
  const { credentialId: id, previousCredentialId: previous, expiryTime, terms, imported } = plan.from;
  const { step } = await publish(context, connected, target, fence, {
    clientId: plan.from.clientId,
    credential: { id, values, previous, expiryTime, terms, imported },
    first: plan.from.first,
    rotateRequest: plan.from.rotateRequest,
    rotatedAt: plan.from.rotatedAt,
  });
  return step;
};

/** The value to import was there before the client: recovery needs no new credential. */
export const publishImport = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Of<'publish-import'>,
): Promise<Step> => {
  const imported = await readImport(context);
  if (imported !== undefined && !(imported instanceof Secret)) return imported;
  const current =
    imported &&
    offered(connected.account.clients, 'clients').identify({ ClientSecret: imported }, plan.client);
  if (!imported || current?.position !== 'current') {
    // Somebody has rotated it since: what is left to import is worth nothing, and a new credential is.
    context.importRefuted = true;
    return again;
  }
  const target = await dryRunSecret(context, connected, plan.client.id);
  if (isStep(target)) return target;
  const fence = await raiseFence(context, 'publish', { incarnation: context.incarnation });
  const { step } = await publish(context, connected, target, fence, {
    clientId: plan.client.id,
    credential: { id: current.id, values: { ClientSecret: imported }, imported: true },
    rotateRequest: undefined,
  });
  return step;
};

/** One token request, if the budget has one left. */
const proveOnce = async (
  context: ReconcileContext,
  connected: Connected,
  clientId: string,
  values: SecretValues,
): Promise<Outcome<void> | Extract<Step, { kind: 'busy' }>> => {
  const asked = context.budget.ask(connected);
  if (asked.kind === 'busy') return asked;
  using turn = asked;
  return await context.send(turn, (call) =>
    offered(connected.account.clients, 'clients').prove(clientId, values, call),
  );
};

const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

/** An existing Secret is kept when its credential is the client's and the token endpoint accepts it. */
export const adoptSecret = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Of<'adopt-secret'>,
): Promise<Step> => {
  const wire = await context.readSecret(secretName(context.object));
  if (!wire) {
    context.adoptableSecret = 'none';
    return again;
  }
  const { account } = connected;
  const { spec, namespace } = context.object;
  if (isFilledByOthers(wire) || context.ports.reserved(namespace, wire.metadata.name) !== undefined) {
    context.adoptableSecret = 'foreign';
    return again;
  }
  const layout = wantedLayout(spec, account, undefined);
  const merges = spec.secret.creationPolicy === 'Merge';
  const wanted = renderData(spec, plan.client.id, { values: {} }, surroundings(context, connected));
  // Of a Secret that stays somebody else's, what holds the credential is ours from now on, and what says no else than we.
  const present = layout.filter(
    ([key, field]) =>
      ownValue(wire.data, key) !== undefined &&
      (!merges || isSecretField(field) || ownValue(wire.data, key) === ownValue(wanted, key)),
  );
  const values = storedValues(wire, present);
  const idKey = present.find(([, field]) => field === 'ClientID')?.[0];
  const credential = offered(account.clients, 'clients').identify(values, plan.client);
  const named = idKey === undefined || decode(ownValue(wire.data, idKey)) === plan.client.id;
  const proof = credential && named ? await proveOnce(context, connected, plan.client.id, values) : undefined;
  if (proof?.kind === 'busy') return proof;
  if (proof?.kind === 'rejected' && proof.error.reason !== 'CredentialRefused')
    return {
      kind: 'setback',
      setback: { reason: proof.error.reason, message: proof.error.message, retry: 'soon', side: 'provider' },
    };
  if (!credential || proof?.kind !== 'ok' || viewSecret(wire, context.ports.integrity)) {
    context.adoptableSecret = 'foreign';
    return again;
  }
  const { object, ports } = context;
  const fence = await raiseFence(context, 'publish', { incarnation: context.incarnation });
  context.proof = { operation: fence.operation.id, ok: true, message: '' };
  return await annotate(context, wire, {
    [annotations.operation]: fence.operation.id,
    [annotations.clientId]: plan.client.id,
    [annotations.credentialId]: credential.id,
    [annotations.secretVersion]: '1',
    [annotations.publishedAt]: new Date(ports.clock.now()).toISOString(),
    [annotations.rotatedAt]: new Date(ports.clock.now()).toISOString(),
    [annotations.owner]: formatOwner({
      installation: ports.installation,
      namespace: object.namespace,
      name: object.name,
      uid: object.uid,
    }),
    [annotations.ownerCreated]: new Date(object.creationTime).toISOString(),
    [annotations.secretName]: wire.metadata.name,
    [annotations.integrity]: sign(
      ports.integrity,
      wire.data ?? {},
      present.map(([key]) => key),
    ),
    [annotations.keys]: formatLayout(present),
    // It was there before, perhaps with keys of others: said on it, as when our keys are added to one.
    ...(merges && { [annotations.merged]: 'true' }),
  });
};

/** Whoever sleeps between mint and publication of that operation gets 409 from now on. */
export const giveUpOperation = async (
  context: ReconcileContext,
  plan: Of<'give-up-operation'>,
): Promise<Step> => {
  const wire = context.secret && (await readOurs(context, context.secret));
  return wire
    ? await annotate(context, wire, { [annotations.abandonedOperation]: plan.operation })
    : { kind: 'stale' };
};

/** The integrity key is another one. The stored value must be the one that the provider says, and give a token. */
export const signAgain = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Of<'sign-again'>,
): Promise<Step> => {
  const view = context.secret;
  const wire = view && (await readOurs(context, view));
  if (!view || !wire) return { kind: 'stale' };
  const values = storedValues(wire, view.layout);
  const { account } = connected;
  const told = offered(account.clients, 'clients').identify(values, plan.client)?.id;
  // Where no value tells which credential it is, the token endpoint vouches for it alone.
  const same = told === undefined ? !account.capabilities.identifiesCredentials : told === view.credentialId;
  const proof =
    same && plan.client.active ? await proveOnce(context, connected, plan.client.id, values) : undefined;
  if (proof?.kind === 'busy') return proof;
  const refused = proof?.kind === 'rejected' && proof.error.reason === 'CredentialRefused';
  // Who has changed the Secret may have changed the time in it, too: the provider's own counts.
  const made = plan.client.credentials.find(({ id }) => id === view.credentialId)?.createdTime;
  const tooEarly = refused ? notYetAccepted(context, connected, made ?? view.rotatedAt) : undefined;
  if (tooEarly) return tooEarly;
  if (!same || refused) {
    context.integrityRefuted = true;
    return again;
  }
  if (proof && proof.kind !== 'ok')
    return {
      kind: 'setback',
      setback: { reason: proof.error.reason, message: proof.error.message, retry: 'soon', side: 'provider' },
    };
  return await annotate(context, wire, {
    [annotations.integrity]: sign(
      context.ports.integrity,
      wire.data ?? {},
      view.layout.map(([key]) => key),
    ),
  });
};

/** A provider that declares that a new credential takes its time has not refused one that is younger than that. */
const notYetAccepted = (
  context: ReconcileContext,
  { account }: Connected,
  madeAt: number,
): Step | undefined => {
  const { proofTimeMs } = account.capabilities;
  const { clock, timing } = context.ports;
  return proofTimeMs > 0 && clock.now() < madeAt + scaled(timing, proofTimeMs)
    ? {
        kind: 'setback',
        setback: {
          reason: 'Verifying',
          message: `the new credential is not accepted yet; this provider may need ${Math.ceil(proofTimeMs / 60_000)} minutes`,
          retry: 'soon',
          side: 'provider',
        },
      }
    : undefined;
};

/** One token request with what is published; the answer goes into the condition CredentialVerified. */
export const prove = async (
  context: ReconcileContext,
  connected: Connected,
  plan: Of<'prove'>,
): Promise<Step> => {
  const view = context.secret;
  const wire = view && (await readOurs(context, view));
  if (!view || !wire) return { kind: 'stale' };
  const values = storedValues(wire, view.layout);
  if (isEmpty(values)) return { kind: 'write-status' };
  const outcome = await proveOnce(context, connected, plan.client.id, values);
  if (outcome.kind === 'busy') return outcome;
  if (outcome.kind === 'ok') {
    context.proof = { operation: view.operation, ok: true, message: '' };
    return { kind: 'write-status' };
  }
  const refused = outcome.error.reason === 'CredentialRefused';
  const tooEarly = refused ? notYetAccepted(context, connected, view.rotatedAt) : undefined;
  if (tooEarly) return tooEarly;
  if (refused) context.proof = { operation: view.operation, ok: false, message: outcome.error.message };
  return providerSetback(outcome.error, 'later');
};

/**
 * By uid, so that a Secret that somebody made anew under the name is left alone. A merged Secret loses our keys only,
 * a retained one our label and annotations, so that nobody takes it for a leftover of ours.
 */
export const removeSecret = async (context: ReconcileContext, plan: Of<'remove-secret'>): Promise<Step> => {
  const { ports, object } = context;
  const { secret } = plan;
  const { deletionPolicy } = object.spec.secret;
  const former = secret.name !== secretName(object);
  try {
    const keeps = deletionPolicy === 'Retain' && (secret.merged || !former || object.deleting);
    const all = await takeAway(ports.kube, secret, keeps, context.signal);
    if (!all)
      ports.event(
        object,
        'Warning',
        'SecretRefused',
        `the API server does not let all of ours be taken out of the Secret ${secret.name}: what is left there is yours to remove`,
      );
  } catch (error) {
    // Gone already, or another one of that name: neither is ours to remove.
    if (!isNotFound(error) && !isConflict(error)) {
      if (error instanceof KubeError) return { kind: 'setback', setback: kubeSetback(error) };
      throw error;
    }
  }
  ports.secrets.removed(`${secret.namespace}/${secret.name}`, secret.uid);
  return again;
};

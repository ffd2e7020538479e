import { annotations } from '../../api/group.ts';
import { machineClients, type MachineClient } from '../../api/objects.ts';
import { isConflict, KubeError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/resource.ts';
import { formatOperation, parseOperation, type Operation, type OperationKind } from '../../api/operation.ts';
import type { UpstreamCredential } from '../../providers/provider.ts';
import { isMint, newOperationId } from '../operation.ts';
import type { ReconcileContext } from '../reconcile-context.ts';
import { requestToken } from '../requests.ts';
import type { SecretView } from '../secret-view.ts';
import { publishWithin, settledAfter, scaled } from '../timing.ts';
import { writeHeld } from './begin.ts';

export interface FenceDetail {
  readonly incarnation: number;
  readonly suffix?: string | undefined;
  /** Of a mint: as the client was read for it. */
  readonly before?: readonly UpstreamCredential[] | undefined;
  /** Of a mint: which client it is for. */
  readonly client?: string | undefined;
  /** Of a creation: nobody else knows the secret that it brings. */
  readonly first?: boolean | undefined;
  /** What is minted is proven before it is published: with the patience that the provider needs. */
  readonly proves?: boolean | undefined;
}

export interface Fence {
  readonly operation: Operation;
  /** W: the upstream write leaves before this moment of the monotonic clock, or not at all. */
  readonly leaveBy: number;
  /** V: and the Secret write before this one. */
  readonly publishBy: number;
}

/**
 * The client was made by an operation whose secret was lost, and so was each one after it: nothing of it was ever
 * published. Told by what is written on the object itself, step by step from its creation; whatever interrupts the chain
 * (another object of the name, a Secret, a status that knows one, a creation that met a client that was there) ends it,
 * and the overlap counts as ever. Left over is limit c: published, dead before the status said so, and the Secret deleted
 * by a person before another process saw it.
 */
const staysFirst = ({ object, secret, ports }: ReconcileContext, incarnation: number): boolean => {
  const last = parseOperation(object.annotations[annotations.operation]);
  return (
    last?.first === true &&
    last.uid === object.uid &&
    last.incarnation === incarnation &&
    (last.kind !== 'create' || last.result === undefined) &&
    secret === undefined &&
    ports.shown.get(object.uid) === undefined &&
    object.status.secretVersion === undefined
  );
};

interface Naming {
  readonly object: Pick<MachineClient, 'uid' | 'annotations'> & {
    readonly status: Pick<MachineClient['status'], 'clientId'>;
  };
  readonly secret: Pick<SecretView, 'clientId'> | undefined;
}

/**
 * A client that nothing else names yet. It stays named by what follows, until the Secret or the status does it: who finds
 * it in a list knows it by its mark, but a list of names shows none where somebody has edited the name.
 */
export const clientNamed = (
  { object, secret }: Naming,
  kind: OperationKind,
  minted: string | undefined,
): Pick<Operation, 'client'> => {
  if (kind === 'create' || (secret?.clientId ?? object.status.clientId) !== undefined) return {};
  const last = parseOperation(object.annotations[annotations.operation]);
  const client = minted ?? (last?.uid === object.uid ? last.client : undefined);
  return client === undefined ? {} : { client };
};

/**
 * When the newest of them was made. What is dated after `until` can be mistaken for nothing that is made by then; taken for
 * the newest, it would make somebody else's of all that is.
 */
export const newestOf = (
  credentials: readonly UpstreamCredential[],
  until: number,
): Pick<Operation, 'newest'> => {
  const times = credentials.flatMap(({ createdTime }) => createdTime ?? []).filter((time) => time <= until);
  return times.length > 0 ? { newest: Math.max(...times) } : {};
};

/**
 * The trace of what is about to be done upstream: one metadata patch with the finalizer and the operation, conditional
 * on the very copy that was decided on.
 *
 *   dead before it   nothing was done: start again
 *   dead during it   it is there or not; with it, and nothing upstream, the next pass waits until it is settled
 *   dead after it    the same: until then the request may still be on its way, then upstream is looked at
 *
 * A stale copy, a second leader and a process that slept all get 409 here, before anything has left.
 */
export const raiseFence = async (
  context: ReconcileContext,
  kind: OperationKind,
  detail: FenceDetail,
): Promise<Fence> => {
  const { ports, object, connected } = context;
  const { clock, timing, pace } = ports;
  const { leaveMs } = pace;
  const requestTimeoutMs = connected?.requestTimeoutMs ?? 0;
  const at = clock.now();
  const mints = isMint({ kind });
  const proofTimeMs = detail.proves ? scaled(timing, connected?.account.capabilities.proofTimeMs ?? 0) : 0;
  const request = mints
    ? requestToken(object, annotations.rotateRequested)
    : parseOperation(object.annotations[annotations.operation])?.request;
  const until = Math.ceil(at + settledAfter(timing, leaveMs, requestTimeoutMs, proofTimeMs));
  const operation: Operation = {
    id: newOperationId(at, ports.random),
    kind,
    at,
    until,
    uid: object.uid,
    installation: ports.installation,
    incarnation: detail.incarnation,
    ...(detail.suffix !== undefined && { suffix: detail.suffix }),
    ...newestOf(detail.before ?? [], until),
    ...clientNamed(context, kind, detail.client),
    ...(request !== undefined && { request }),
    ...((detail.first ?? staysFirst(context, detail.incarnation)) && { first: true as const }),
  };
  // W and V count from before the request: K.until does, and a slow answer must not make room for a late write.
  const begun = clock.monotonic();
  try {
    await writeHeld(context, { [annotations.operation]: formatOperation(operation) });
  } catch (error) {
    // It may be there all the same, or come yet; and what it was raised for never leaves.
    if (error instanceof KubeError && error.outcome === 'unknown')
      ports.results.set(operation.id, 'not-sent');
    throw error;
  }
  pace.took(clock.monotonic() - begun);
  context.log.debug({ operation: operation.id, kind }, 'fenced');
  return {
    operation,
    leaveBy: begun + leaveMs,
    publishBy: begun + publishWithin(leaveMs, requestTimeoutMs, proofTimeMs),
  };
};

const RECORDED_AT_MOST = 4;

/**
 * The definite answer that nothing was done. Without it the next pass would take the operation for one of unknown
 * result, and a rotation that somebody else has open for our own. So a user who writes the object meanwhile does not
 * keep it from being recorded: it is true as long as the operation is the last one.
 */
export const recordResult = (
  context: ReconcileContext,
  operation: Operation,
  result: NonNullable<Operation['result']>,
): Promise<void> => {
  context.ports.results.set(operation.id, result);
  return record(context, { ...operation, result });
};

/**
 * The same, of the last operation, when it could not be recorded in its own pass: its fence had no answer and is there all
 * the same, or the API server did not take what came of it. This process has known it meanwhile; the next one would not.
 */
export const recordKnownResult = async (context: ReconcileContext): Promise<void> => {
  const operation = parseOperation(context.object.annotations[annotations.operation]);
  if (operation === undefined || operation.result !== undefined) return;
  const result = context.ports.results.get(operation.id);
  if (result !== undefined) await record(context, { ...operation, result });
};

/**
 * Which credential came of it, where that is not published. A person who cancels it in the console may begin a rotation
 * of his own, and only the suffix tells the two apart; dead before it, the open rotation is taken for ours.
 */
export const recordMinted = (
  context: ReconcileContext,
  operation: Operation,
  suffix: string,
): Promise<void> => record(context, { ...operation, suffix });

/** What is known of the last operation, for as long as it is the last one: whoever else writes the object meanwhile. */
const record = async (context: ReconcileContext, operation: Operation): Promise<void> => {
  const { kube } = context.ports;
  const { uid } = context.object;
  let { resourceVersion } = context.object;
  for (let tries = 1; ; tries++) {
    const body = {
      metadata: {
        uid,
        resourceVersion,
        annotations: { [annotations.operation]: formatOperation(operation) },
      },
    };
    try {
      context.adopt(await kube.mergePatch(machineClients, context.ref, body, { signal: context.signal }));
      return;
    } catch (error) {
      if (!isConflict(error) || tries === RECORDED_AT_MOST) throw error;
      const { metadata } = await kube.get<KubeObject>(machineClients, context.ref, {
        signal: context.signal,
      });
      const last = parseOperation(metadata.annotations?.[annotations.operation]);
      if (metadata.uid !== uid || last?.id !== operation.id) throw error;
      ({ resourceVersion } = metadata);
    }
  }
};

import { events as eventResource, type KubeObject, secrets } from '../../../src/kube/resource.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import { clientsOf, noLostSecret, noOrphans, oneClient, type Strangers } from '../../helpers/invariants.ts';
import { until } from '../../helpers/until.ts';
import type { Diary } from './diary.ts';
import { gatherEvidence } from './evidence.ts';
import type { StormWorld } from './place.ts';

/** For all objects together. */
const QUIET_MS = 180_000;

/** Ready in its present generation with nothing open, or gone. Otherwise what is still missing. */
const unfinished = async (world: StormWorld, name: string): Promise<string | undefined> => {
  if (await world.isGone(name)) return undefined;
  const { status, metadata } = await world.get(name);
  const ready = findCondition(status?.conditions, 'Ready');
  if (metadata.deletionTimestamp !== undefined) return `is being deleted: ${ready?.message}`;
  if (ready?.status !== 'True' || ready.observedGeneration !== metadata.generation)
    return `is not ready: ${ready?.reason} ${ready?.message}`;
  // While the provider cannot be asked Ready stays what it was, and this says that the spec is not applied yet.
  const reconciling = findCondition(status?.conditions, 'Reconciling');
  if (reconciling?.status !== 'False') return `is reconciling: ${reconciling?.message}`;
  return clientsOf(world, name).some(({ credentials }) => credentials.length > 1)
    ? 'has a rotation that is still open'
    : undefined;
};

/** When it is quiet: I1, I2, I5, I7 and I10 of every object that there ever was. */
export const judge = async (
  world: StormWorld,
  names: Iterable<string>,
  strangers: Strangers,
  diary: Diary,
): Promise<void> => {
  const deadline = performance.now() + QUIET_MS;
  for (const name of names) {
    let missing: string | undefined;
    try {
      await until(
        `${name} at rest`,
        async () => {
          missing = await unfinished(world, name);
          return missing === undefined;
        },
        { timeoutMs: Math.max(0, deadline - performance.now()), everyMs: 200 },
      );
    } catch {
      diary.violation(name, `I10: ${missing ?? 'cannot be looked at'}`);
      const ids = new Set(clientsOf(world, name).map(({ clientId }) => clientId));
      gatherEvidence(world, diary, name, ids, Number.POSITIVE_INFINITY);
      continue;
    }
    for (const check of [oneClient, noLostSecret, noOrphans])
      for (const violation of await check(world, name)) diary.violation(name, violation);
    if (await world.isGone(name)) {
      const left = await world.getSecret(name).catch(() => undefined);
      if (left) diary.violation(name, 'I10: the object is gone and its Secret is not');
    }
  }
  for (const violation of await strangers.violations()) diary.violation('stranger', violation);
  const managed = await world.kube.list<KubeObject>(secrets, {
    namespace: world.namespace,
    labelSelector: 'machine-client.dev/managed=true',
  });
  diary.note('*', `at rest: ${managed.length} Secrets, ${world.upstream.clients().length - 1} clients`);
};

/** Events that name one of the limits of docs/protocol.md, by reason. */
export const limitsMet = async (world: StormWorld): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  for (const event of await world.kube.list<KubeObject & { reason?: string }>(eventResource, {
    namespace: world.namespace,
  }))
    if (event.reason === 'RotationDisturbed' || event.reason === 'OpenRotationCancelled')
      found.set(event.reason, (found.get(event.reason) ?? 0) + 1);
  return found;
};

import { Cron } from 'croner';
import { parseDuration } from '../../../src/api/durations.ts';
import { putRight } from './put-right.ts';
import { EPOCH } from './schedule.ts';
import { clientsOf, condition, keyOf, mainOf, type Stored } from './truth.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
/** Longer than the shortest plans, and the ten minutes after which they are overdue. */
const WATCHED_MS = 16 * MINUTE_MS;
const LOOK_MS = 30_000;
const OVERDUE_MS = 10 * MINUTE_MS;
/** Of a cron schedule's period: by that much a rotation may come later. */
const JITTER = 0.1;

/** When the credential that is in use becomes too old at the latest, in time of the world; undefined: never. */
const dueBy = ({ spec }: Stored, since: number): number | undefined => {
  const { interval, schedule, timeZone, windows = [] } = spec.rotation ?? {};
  if (windows.length > 0) return undefined;
  if (interval !== undefined) return since + parseDuration(interval);
  if (schedule === undefined) return undefined;
  const [first, second] = new Cron(schedule, { mode: '5-part', timezone: timeZone ?? 'UTC' })
    .nextRuns(2, new Date(EPOCH + since))
    .map((date) => date.getTime() - EPOCH);
  return first === undefined ? undefined : first + ((second ?? first) - first) * JITTER;
};

/** Nothing stands in the way of a rotation. */
const isFree = ({ upstream }: World, object: Stored, value: string): boolean => {
  const { spec, metadata } = object;
  const clients = clientsOf(upstream, keyOf(object));
  const others = clients[0]?.credentials.filter((one) => one.value !== value) ?? [];
  return (
    metadata.deletionTimestamp === undefined &&
    spec.suspend !== true &&
    spec.state !== 'Inactive' &&
    condition(object, 'Ready')?.status === 'True' &&
    clients.length === (upstream.style === 'ephemeral' ? 0 : 1) &&
    others.length < upstream.mostCredentials - 1 &&
    others.every(({ by }) => upstream.style === 'additive' && by === 'console')
  );
};

/** With nothing wrong any more, nothing becomes older than its plan says by more than what is called overdue. */
export const keepsPlans = async (world: World): Promise<void> => {
  const { agenda, cluster, observer, findings } = world;
  const planned = (): readonly Stored[] =>
    cluster.machineClients().filter(({ spec: { rotation } }) => rotation?.interval ?? rotation?.schedule);
  const freeSince = new Map<string, number>();
  const late = new Set<string>();
  const end = agenda.now + WATCHED_MS;
  while (agenda.now < end && planned().length > 0) {
    await world.run(agenda.now + LOOK_MS);
    putRight(world);
    for (const object of planned()) {
      const key = keyOf(object);
      const secret = mainOf(object, cluster.secretsOf(key));
      const since = secret && observer.ledger.published.get(secret.value)?.at;
      if (!secret || since === undefined || !isFree(world, object, secret.value)) {
        freeSince.delete(key);
        continue;
      }
      const free = freeSince.get(key) ?? agenda.now;
      freeSince.set(key, free);
      const due = dueBy(object, since);
      if (due === undefined) continue;
      findings.count('looks at plans');
      if (agenda.now <= Math.max(due, free) + OVERDUE_MS || late.has(key)) continue;
      late.add(key);
      findings.violation('plan', `${key} was due by ${(due / 1000).toFixed(0)} s and has not rotated`);
    }
  }
};

import { type Tried, WORDS } from './admission.ts';
import type { World } from './world.ts';

/** By then the status has followed the first refusal. */
const TOLD_MS = 10_000;

/** Whoever is refused for good says so, in the words of who refuses: a condition has them. */
export const mustSayRefused = (world: World, tried: readonly Tried[]): void => {
  const { agenda, cluster, findings, replicas, weather, schedule } = world;
  // What else is wrong may keep the status from being written.
  if (!weather.isClear(TOLD_MS) || schedule.settings.noise > 0) return;
  for (const { key, by, uid, first, times } of tried) {
    const replica = [...replicas.values()].find(({ name }) => name === by);
    if (times < 2 || agenda.now - first < TOLD_MS || !replica?.alive || replica.stopped) continue;
    const object = cluster.machineClient(key);
    if (!object || object.metadata.uid !== uid) continue;
    findings.count('refusals that must be said');
    if (object.status?.conditions?.some(({ message }) => message.includes(WORDS)) !== true)
      findings.violation('status', `${key} does not say why ${by} was refused ${times} times`);
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import { Strangers } from '../../helpers/invariants.ts';
import { Diary } from './diary.ts';
import { Dice } from './dice.ts';
import { Onlooker } from './onlooker.ts';
import { parseStormOptions } from './options.ts';
import { Site } from './site.ts';
import { makeTrouble, restartApiServers } from './trouble.ts';
import { confirmMassChanges, Deeds, endSuspensions, keepBusy } from './users.ts';
import { judge, limitsMet } from './verdict.ts';

const API_SERVER_RESTART_EVERY_MS = 120_000;
const TROUBLES_AT_ONCE = 2;

const report = (diary: Diary, looks: number, limits: ReadonlyMap<string, number>): string => {
  const rows = [
    ...[...diary.counts].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ['looks at a Secret', looks] as const,
    ...[...limits].map(([reason, count]) => [`events ${reason}`, count] as const),
    ['violations', diary.violations.length] as const,
  ];
  return rows.map(([what, count]) => `${String(count).padStart(8)}  ${what}`).join('\n');
};

/**
 * Real processes in real trouble: two replicas are killed, stopped, cut off and lied to while people create, edit and
 * delete; then it grows calm, and everything must be as it should. True when nothing was violated.
 */
export const storm = async (args: readonly string[]): Promise<boolean> => {
  const { minutes, seed, at, place } = parseStormOptions(args);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const diary = new Diary();
  const deeds = new Deeds();
  let looks = 0;
  let limits: ReadonlyMap<string, number> = new Map();
  {
    await using site = await Site.make(place, diary, say);
    const { world } = site;
    const strangers = await Strangers.make(world);
    for (const replica of site.replicas) replica.start();
    say(`storm: ${minutes} min, seed ${seed}, at ${at}`);

    const end = new AbortController();
    const { signal } = end;
    const people = { world, place, diary, deeds, signal, dice: new Dice(seed, 'people') };
    const onlooker = new Onlooker(world, deeds, diary);
    const actors = [
      keepBusy(people),
      onlooker.watch(signal),
      restartApiServers(
        { site, diary, signal, dice: new Dice(seed, 'api server') },
        API_SERVER_RESTART_EVERY_MS,
      ),
      ...Array.from({ length: TROUBLES_AT_ONCE }, (_, index) =>
        makeTrouble({ site, diary, signal, dice: new Dice(seed, `trouble ${index}`) }),
      ),
    ];
    const judged = new AbortController();
    const confirming = confirmMassChanges(people, judged.signal);
    for (let minute = 1; minute <= minutes; minute++) {
      await Promise.race([sleep(60_000), Promise.all(actors)]);
      say(`${minute} min: ${deeds.names.size} objects, ${diary.violations.length} violations`);
    }
    await sleep((minutes % 1) * 60_000);
    end.abort(new Error('the storm is over'));
    await Promise.all(actors);

    say('calm: everything is left to itself');
    await site.calm();
    await endSuspensions(people);
    await judge(world, deeds.names, strangers, diary);
    judged.abort(new Error('it is judged'));
    await confirming;
    limits = await limitsMet(world);
    looks = onlooker.looks;
    // Disposing the site looks for secrets in everything that was emitted (I6).
  }
  process.stdout.write(`${report(diary, looks, limits)}\n`);
  for (const violation of diary.violations) {
    const [about = ''] = violation.split(':');
    process.stdout.write(`\n${violation}\n${diary.story(about)}\n`);
  }
  if (diary.violations.length > 0)
    process.stdout.write(
      `\nagain: npm run test:faults -- storm --minutes ${minutes} --seed ${seed} --at ${at}\n`,
    );
  return diary.violations.length === 0;
};

/** Each thing is met by so many of the chosen schedules, where that many meet it at all. */
const TIMES = 2;

/**
 * A few seeds that come to all that many come to: again and again the one that adds most to what the others have met,
 * and of several the first. What is rare counts for as much as what is common, so a seed that met it is among them.
 */
export const choose = (covered: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const times = new Map<string, number>();
  const news = (things: readonly string[]): number =>
    things.filter((thing) => (times.get(thing) ?? 0) < TIMES).length;
  const chosen: string[] = [];
  const left = new Map(covered);
  for (;;) {
    let best: string | undefined;
    let most = 0;
    for (const [seed, things] of left) {
      const adds = news(things);
      if (adds > most) [best, most] = [seed, adds];
      // It never adds more than now.
      if (adds === 0) left.delete(seed);
    }
    if (best === undefined) return chosen;
    for (const thing of left.get(best) ?? []) times.set(thing, (times.get(thing) ?? 0) + 1);
    left.delete(best);
    chosen.push(best);
  }
};

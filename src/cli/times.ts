const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** As kubectl says ages: two of a unit before it goes over to the next one, `90s`, `36h`, `12d`. */
export const span = (ms: number): string => {
  const most = Math.max(0, ms);
  const [unit, size] = units.find(([, size]) => most >= 2 * size) ?? ['s', 1_000];
  return `${Math.floor(most / size)}${unit}`;
};

/** `2026-12-20T03:17:42Z (in 28d)`, or `(3h ago)`. */
export const moment = (time: string, now: number): string => {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const seconds = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return `${seconds} (${at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`})`;
};

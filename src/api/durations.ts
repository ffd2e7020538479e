const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** The form of every duration: GEP-2257. */
export const durationPattern = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

/** `"1h30m"` → milliseconds. Somebody has checked the form. */
export const parseDuration = (text: string): number => {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g))
    total += Number(amount) * units[unit as keyof typeof units];
  return total;
};

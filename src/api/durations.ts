const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `"1h30m"` → milliseconds (GEP-2257). The schema has checked the form. */
export const parseDuration = (text: string): number => {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g))
    total += Number(amount) * units[unit as keyof typeof units];
  return total;
};

import type { Prober } from '../../helpers/prober.ts';

/** Prints how many tokens were asked for; gives who was refused one, in words. */
export const told = (name: string, { asked, refusals }: Prober): string => {
  console.log(`${name}: ${asked} tokens asked for, ${refusals.length} refused`);
  return refusals.map(({ text }) => text).join('\n');
};

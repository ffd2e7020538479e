import { parseArgs } from 'node:util';

export interface StormOptions {
  readonly minutes: number;
  /** What is done, in which order and for how long; when it meets what is up to the machine. */
  readonly seed: number;
}

export const STORM_USAGE = 'npm run test:faults -- storm [--minutes N] [--seed S]';

const number = (name: string, text: string, most: number): number => {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > most)
    throw new Error(`--${name} wants a number from 0 to ${most}, not "${text}"; ${STORM_USAGE}`);
  return value;
};

export const parseStormOptions = (args: readonly string[]): StormOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  return {
    minutes: number('minutes', values.minutes, 1_440),
    seed: number('seed', values.seed, 2 ** 32 - 1),
  };
};

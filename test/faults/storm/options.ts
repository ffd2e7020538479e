import { parseArgs } from 'node:util';
import { type Place, places } from './place.ts';

export interface StormOptions {
  readonly minutes: number;
  /** What is done, in which order and for how long; when it meets what is up to the machine. */
  readonly seed: number;
  /** Which provider: the simulator of Stytch, or a real server. */
  readonly at: string;
  readonly place: Place;
}

export const STORM_USAGE = `npm run test:faults -- storm [--minutes N] [--seed S] [--at ${Object.keys(places).join('|')}]`;

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
      at: { type: 'string', default: 'stytch' },
    },
  });
  const place = Object.hasOwn(places, values.at) ? places[values.at] : undefined;
  if (!place) throw new Error(`--at wants one of these: ${Object.keys(places).join(', ')}; ${STORM_USAGE}`);
  return {
    minutes: number('minutes', values.minutes, 1_440),
    seed: number('seed', values.seed, 2 ** 32 - 1),
    at: values.at,
    place,
  };
};

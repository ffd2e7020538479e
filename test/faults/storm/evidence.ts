import type { Diary } from './diary.ts';
import type { StormWorld } from './place.ts';

/** What led to a violation began at most so long before it. */
const SINCE_MS = 60_000;

interface Line {
  readonly time?: string;
  readonly name?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const parsed = (line: string): Line => {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {};
  }
};

/** Into the story of an object: what both operators said of it, and what the provider was asked for its clients. */
export const gatherEvidence = (
  world: StormWorld,
  diary: Diary,
  about: string,
  clientIds: ReadonlySet<string>,
  withinMs = SINCE_MS,
): void => {
  const since = Date.now() - withinMs;
  world.operators.forEach((operator, index) => {
    for (const line of operator.output) {
      const { time = '', name, ns: _ns, level: _level, msg, ...rest } = parsed(line);
      const at = Date.parse(time);
      if (name === about && at >= since)
        diary.note(about, `process ${index}: ${msg} ${JSON.stringify(rest)}`, at);
    }
  });
  for (const { at, clientId, operation, committed, committedAt, fault, status } of world.simulator.requests())
    if (at >= since && clientId !== null && clientIds.has(clientId) && operation !== 'token')
      diary.note(
        about,
        `provider: ${operation} ${committed ? `done after ${(committedAt ?? at) - at} ms` : 'not done'}, status ${status}${fault === null ? '' : `, ${fault}`}`,
        at,
      );
};

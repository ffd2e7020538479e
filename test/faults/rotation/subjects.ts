import { AuthressUpstream } from '../../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../../helpers/upstreams/stytch.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import type { FaultRule } from '../../simulators/faults.ts';

/** How badly the provider answers in one round. */
interface Trouble {
  readonly rules: readonly FaultRule[];
  /** Milliseconds: how late answers come, and what is new in a list. */
  readonly slow: readonly [latency: number, listLag: number];
}

/** A provider whose clients rotate while everybody asks for tokens. */
export interface Subject {
  readonly name: string;
  readonly start: () => Promise<Upstream>;
  readonly names: readonly string[];
  readonly troubles: readonly Trouble[];
  /** In which the operator is killed four times. */
  readonly rounds: number;
  readonly asksAtLeast: number;
  /** Of `spec.connection`, where the usual one is too short: a real server on a busy machine takes its time. */
  readonly timeout?: string;
}

const prompt = [0, 0] as const;

/** One kind of trouble a round. */
const each: readonly Trouble[] = [
  {
    rules: [{ fault: 'status', status: 429, headers: { 'retry-after': '1' }, probability: 0.4 }],
    slow: prompt,
  },
  { rules: [{ fault: 'status', status: 503, probability: 0.4 }], slow: prompt },
  { rules: [{ fault: 'drop-before', probability: 0.3 }], slow: prompt },
  { rules: [{ fault: 'drop-after', probability: 0.3 }], slow: prompt },
  { rules: [{ fault: 'truncate', probability: 0.3 }], slow: prompt },
  { rules: [], slow: [600, 3_000] },
];

/** All of them in each round. */
export const mixed: Trouble = {
  rules: [
    { fault: 'status', status: 429, headers: { 'retry-after': '1' }, probability: 0.1 },
    { fault: 'status', status: 503, probability: 0.1 },
    { fault: 'drop-before', probability: 0.1 },
    { fault: 'drop-after', probability: 0.1 },
    { fault: 'truncate', probability: 0.1 },
  ],
  slow: [200, 3_000],
};

export const subjects: readonly Subject[] = [
  {
    name: 'Stytch',
    start: () => StytchUpstream.start(),
    names: ['one', 'two', 'three', 'four'],
    troubles: each,
    rounds: 5,
    asksAtLeast: 500,
  },
  {
    name: 'Scalekit',
    start: () => ScalekitUpstream.start(),
    names: ['one', 'two'],
    troubles: [mixed, mixed],
    rounds: 2,
    asksAtLeast: 100,
  },
  {
    // Its keys are accepted late, and nothing of theirs is settled before six minutes: 18 s, with the time scale.
    name: 'Authress',
    start: () => AuthressUpstream.start({ switches: { keyDelayMs: 5_000 } }),
    names: ['one', 'two'],
    troubles: [mixed],
    rounds: 1,
    asksAtLeast: 100,
  },
];

import { AuthressUpstream } from '../../helpers/upstreams/authress.ts';
import { ScalekitUpstream } from '../../helpers/upstreams/scalekit.ts';
import { StytchUpstream } from '../../helpers/upstreams/stytch.ts';
import type { Upstream } from '../../helpers/upstreams/upstream.ts';
import { type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** A provider under the operator that dies. */
export interface Subject {
  readonly name: string;
  readonly start: () => Promise<Upstream>;
  /** Divides every wait of the operators: W is to be long enough for a machine under load. */
  readonly timeScale: number;
  readonly scenarios: readonly Scenario[];
}

/** `npm run test:faults -- --full` sets it. */
const full = process.env['MCO_TEST_FULL'] === 'true';
/** What differs most by the style of a provider; the others are run with `--full`. */
const telling = ['create', 'rotate', 'delete', 'uids'];

const additive = scenarios.filter(({ only, id }) => only !== 'two-phase' && (full || telling.includes(id)));

export const stytch: Subject = {
  name: 'Stytch',
  start: () => StytchUpstream.start(),
  timeScale: 5,
  scenarios,
};

export const subjects: readonly Subject[] = [
  stytch,
  { name: 'Scalekit', start: () => ScalekitUpstream.start(), timeScale: 5, scenarios: additive },
  // A key may need six minutes until it is accepted, and nothing is settled before that: it takes an hour.
  ...(full
    ? [{ name: 'Authress', start: () => AuthressUpstream.start(), timeScale: 15, scenarios: additive }]
    : []),
];

import type { RequestRecord } from '../../kube/transport.ts';
import { type Finding, note, ok, wrong } from './finding.ts';

/** CEL in the CRDs needs it. */
const LEAST = [1, 31] as const;
const MOST_SKEW_MS = 5_000;

export interface ServerVersion {
  readonly major?: string;
  /** `31+` at some clouds. */
  readonly minor?: string;
  readonly gitVersion?: string;
}

export const versionFinding = ({ major = '', minor = '', gitVersion = '' }: ServerVersion): Finding => {
  const check = 'Kubernetes';
  const [wantedMajor, wantedMinor] = LEAST;
  const numbers = [Number.parseInt(major, 10), Number.parseInt(minor, 10)] as const;
  if (numbers.some(Number.isNaN)) return note(check, `its version cannot be read: ${gitVersion || 'none'}`);
  const [isMajor, isMinor] = numbers;
  return isMajor > wantedMajor || (isMajor === wantedMajor && isMinor >= wantedMinor)
    ? ok(check, gitVersion)
    : wrong(
        check,
        `${gitVersion} is older than ${LEAST.join('.')}`,
        'upgrade the cluster: the CRDs need its CEL',
      );
};

/**
 * How far the API server's clock is ahead of ours, from its answer: its Date is cut to whole seconds, and was written
 * some time between question and answer.
 */
export const skewOf = (
  { serverTime, durationMs }: Pick<RequestRecord, 'serverTime' | 'durationMs'>,
  answeredAt: number,
): number | undefined =>
  serverTime === undefined ? undefined : serverTime + 500 - (answeredAt - durationMs / 2);

export const clockFinding = (skewMs: number | undefined): Finding => {
  const check = 'clock';
  if (skewMs === undefined) return note(check, 'the API server does not say what time it is');
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MOST_SKEW_MS) return ok(check, 'this machine and the API server agree within 5 s');
  return wrong(
    check,
    `this machine is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} the API server`,
    'synchronize the clocks (NTP) of this machine and of the control plane; a schedule follows the clock of the node that the operator runs on',
  );
};

import type { Report } from '../accounts/accounts.ts';
import { mergeConditions, type Wanted } from '../api/conditions.ts';
import type { Provider } from '../api/objects.ts';
import { reasons, type Reason } from '../api/reasons.ts';
import { MOST_FORMER_ORGANIZATIONS, type ProviderStatus } from '../api/schema/identity-provider.ts';

/** What is known of a provider object. */
export interface Verdict {
  readonly ready: boolean;
  readonly reason: Reason;
  readonly message: string;
  /** It will not heal by itself. */
  readonly stalled: boolean;
  readonly account: string | undefined;
  /** What the API server did not take of us meanwhile: a finalizer. The account is none the worse for it. */
  readonly refused?: string | undefined;
}

const credentials = ({ ready, reason, message }: Verdict): Wanted => {
  const is = (status: Wanted['status'], why: Reason, text: string): Wanted => ({
    type: 'CredentialsValid',
    status,
    reason: why,
    message: text,
  });
  if (ready) return is('True', 'CredentialsAccepted', 'the account accepts the credential');
  const { login } = reasons[reason];
  if (login === 'refused' || login === 'missing') return is('False', reason, message);
  return is('Unknown', reason, message);
};

const reachable = ({ ready, reason, message }: Verdict): Wanted => {
  const is = (status: Wanted['status'], why: Reason, text: string): Wanted => ({
    type: 'Reachable',
    status,
    reason: why,
    message: text,
  });
  if (ready) return is('True', 'AccountReachable', 'the account answers');
  const { login } = reasons[reason];
  // It said no: so it was reached.
  if (login === 'refused') return is('True', 'AccountReachable', 'the account answers');
  if (login !== undefined) return is('Unknown', reason, message);
  return is('False', reason, message);
};

export const providerStatusOf = (
  provider: Provider,
  verdict: Verdict,
  report: Report,
  now: number,
): ProviderStatus => {
  const { ready, reason, message, stalled, refused } = verdict;
  const converging: Pick<Wanted, 'status' | 'reason' | 'message'> =
    !ready && !stalled
      ? { status: 'True', reason, message }
      : refused !== undefined
        ? { status: 'True', reason: 'KubernetesError', message: refused }
        : { status: 'False', reason: 'Idle', message: 'nothing is under way' };
  const wanted: readonly Wanted[] = [
    { type: 'Ready', status: ready ? 'True' : 'False', reason, message },
    { type: 'Reconciling', ...converging },
    {
      type: 'Stalled',
      status: stalled ? 'True' : 'False',
      reason: stalled ? reason : 'Idle',
      message: stalled ? message : 'nothing stands in the way',
    },
    credentials(verdict),
    reachable(verdict),
    report.held === undefined
      ? { type: 'MassChangeHeld', status: 'False', reason: 'NotHeld', message: 'nothing is held back' }
      : { type: 'MassChangeHeld', status: 'True', reason: 'Held', message: report.held },
  ];
  // undefined: not every list is complete yet, and what was known stays.
  const { orphans, change } = report;
  const limits = report.limits ?? provider.status.limits;
  const former = report.former ?? provider.status.formerOrganizations;
  const account = verdict.account ?? provider.status.account;
  return {
    observedGeneration: provider.generation,
    conditions: mergeConditions(provider.status.conditions ?? [], wanted, provider.generation, now),
    ...(account !== undefined && { account }),
    ...(limits && { limits: { ...limits } }),
    ...(former !== undefined &&
      former.length > 0 && { formerOrganizations: former.slice(0, MOST_FORMER_ORGANIZATIONS) }),
    ...(orphans
      ? { orphans: { count: orphans.length, sample: orphans.slice(0, 20) } }
      : provider.status.orphans && { orphans: provider.status.orphans }),
    ...(change && { massChange: change }),
  };
};

import { annotations } from '../api/group.ts';
import { KubeError } from '../kube/errors.ts';
import { readJobs } from '../kube/rollout/jobs.ts';
import type { Facts } from './facts.ts';
import type { Ports } from './ports.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import type { Rest } from './plan.ts';
import { LONGEST, overlongRequests, requestToken } from './requests.ts';
import { clockOf } from './settling.ts';

const MOST_JOBS_NAMED = 5;

/** What is said in an event, and once: everything of an object that is ignored, or later than it should be. */
export const nameWhatIsOdd = (context: ReconcileContext, facts: Facts, rest: Rest): void => {
  nameIgnoredRequests(context);
  nameIgnoredRevoke(context, facts);
  nameClock(context, facts, rest);
};

/** Whether this value was not named yet under this key. It counts as named from here on. */
const isNews = ({ named }: Ports, key: string, value: string): boolean => {
  if (named.get(key) === value) return false;
  named.set(key, value);
  return true;
};

/** A wrong version retires nothing. It is said once for each value: one that was right before is no mistake. */
const nameIgnoredRevoke = ({ ports, object }: ReconcileContext, { secret }: Facts): void => {
  const asked = requestToken(object, annotations.revokePrevious);
  if (asked === undefined || !secret || !object.status.conditions) return;
  const wasRight = /^[0-9]+$/.test(asked) && Number(asked) <= secret.version;
  if (wasRight || !isNews(ports, object.uid, asked)) return;
  ports.event(
    object,
    'Warning',
    'RevokeIgnored',
    `${annotations.revokePrevious} says ${JSON.stringify(asked.slice(0, 32))}, and the Secret is at version ${secret.version}: it is ignored`,
  );
};

/** What cannot be echoed in status cannot be answered. It is said once for each value, which is known by its length. */
const nameIgnoredRequests = ({ ports, object }: ReconcileContext): void => {
  for (const name of overlongRequests(object)) {
    const length = String(object.annotations[name]?.length);
    if (!isNews(ports, `${object.uid} ${name}`, length)) continue;
    const note = `${name} has ${length} characters, and more than ${LONGEST} are ignored: set a shorter value`;
    ports.event(object, 'Warning', 'RequestIgnored', note);
  }
};

/** Said once of each operation that is waited for: of a wait that is longer than it should be. */
const nameClock = ({ ports, object }: ReconcileContext, { operation }: Facts, rest: Rest): void => {
  if (rest.reason !== 'Settling' || operation?.aheadMs === undefined) return;
  if (!isNews(ports, `${object.uid} clock`, operation.id)) return;
  ports.event(
    object,
    'Warning',
    'ClockSkew',
    `the last operation (${operation.kind}) settles later${clockOf(operation)}`,
  );
};

/**
 * Once for each publication: who reads the Secret and keeps the old credential until its run ends. A rotation never waits
 * for them, so what the API server does not let us list is passed over.
 */
export const nameJobs = async (context: ReconcileContext): Promise<void> => {
  const { ports, object, secret, signal } = context;
  if (object.spec.restart?.discover !== true || !secret) return;
  if (!isNews(ports, `${object.uid} jobs`, secret.operation)) return;
  try {
    const found = await readJobs(ports.kube, object, signal);
    if (found.length === 0) return;
    const named = [...found.slice(0, MOST_JOBS_NAMED), ...(found.length > MOST_JOBS_NAMED ? ['…'] : [])];
    const note = `${named.join(', ')} read the Secret ${secret.name} and are not restarted: a run keeps the credential that it began with, so let spec.rotation.overlap (${object.spec.rotation.overlap}) be longer than the longest of them`;
    ports.event(object, 'Normal', 'JobsNotRestarted', note);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    context.log.info({ error: error.message }, 'jobs could not be listed');
  }
};

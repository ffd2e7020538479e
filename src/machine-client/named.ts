import { annotations } from '../api/group.ts';
import type { Facts } from './facts.ts';
import type { ReconcileContext } from './reconcile-context.ts';
import type { Rest } from './plan.ts';
import { LONGEST, overlongRequests, requestToken } from './requests.ts';
import { clockOf } from './settling.ts';

/** What is said in an event, and once: everything of an object that is ignored, or later than it should be. */
export const nameWhatIsOdd = (context: ReconcileContext, facts: Facts, rest: Rest): void => {
  nameIgnoredRequests(context);
  nameIgnoredRevoke(context, facts);
  nameClock(context, facts, rest);
};

/** A wrong version retires nothing. It is said once for each value: one that was right before is no mistake. */
const nameIgnoredRevoke = ({ ports, object }: ReconcileContext, { secret }: Facts): void => {
  const asked = requestToken(object, annotations.revokePrevious);
  if (asked === undefined || !secret || !object.status.conditions) return;
  const wasRight = /^[0-9]+$/.test(asked) && Number(asked) <= secret.version;
  if (wasRight || ports.named.get(object.uid) === asked) return;
  ports.named.set(object.uid, asked);
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
    const key = `${object.uid} ${name}`;
    const length = String(object.annotations[name]?.length);
    if (ports.named.get(key) === length) continue;
    ports.named.set(key, length);
    const note = `${name} has ${length} characters, and more than ${LONGEST} are ignored: set a shorter value`;
    ports.event(object, 'Warning', 'RequestIgnored', note);
  }
};

/** Said once of each operation that is waited for: of a wait that is longer than it should be. */
const nameClock = ({ ports, object }: ReconcileContext, { operation }: Facts, rest: Rest): void => {
  const key = `${object.uid} clock`;
  if (rest.reason !== 'Settling' || operation?.aheadMs === undefined || ports.named.get(key) === operation.id)
    return;
  ports.named.set(key, operation.id);
  ports.event(
    object,
    'Warning',
    'ClockSkew',
    `the last operation (${operation.kind}) settles later${clockOf(operation)}`,
  );
};

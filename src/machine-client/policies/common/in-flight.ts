import type { Facts } from '../../facts.ts';
import { isFresh, isPositional, isUnresolved, type OperationKind } from '../../operation.ts';
import type { Plan, Policy } from '../../plan.ts';
import { clockOf } from '../../settling.ts';

/** For a sentence. */
export const named = (kind: OperationKind): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

/** K a fresh mint, and nobody knows how it ended. */
export const mintInFlight: Policy<Facts> = ({ operation, now, secret, object, answered }) =>
  isUnresolved(operation, secret, object.status.operation) &&
  isFresh(operation, now) &&
  operation.id !== answered
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `the result of ${named(operation.kind)} is not known; it is looked for when it can no longer arrive${clockOf(operation)}`,
        until: operation.until,
      }
    : undefined;

/** Whatever its result: it acts on whatever is there when it arrives. */
export const positionalInFlight = ({ operation, now }: Pick<Facts, 'operation' | 'now'>): Plan | undefined =>
  isPositional(operation) && isFresh(operation, now)
    ? {
        kind: 'wait',
        reason: 'Settling',
        message: `${named(operation.kind)} may still arrive at the provider${clockOf(operation)}`,
        until: operation.until,
      }
    : undefined;

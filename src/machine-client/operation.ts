import type { Operation, OperationKind } from '../api/operation.ts';

/** Ordered by time, so that of two the later one is known; unique by 40 random bits. */
export const newOperationId = (now: number, random: () => number): string => {
  const digits = (value: number, length: number): string =>
    Math.floor(value).toString(36).padStart(length, '0');
  return `${digits(now, 9)}-${digits(random() * 36 ** 8, 8)}`;
};

const mints: readonly OperationKind[] = ['create', 'mint', 'start', 'issue', 'stage'];
export const isMint = <O extends Pick<Operation, 'kind'>>(operation: O | undefined): operation is O =>
  operation !== undefined && mints.includes(operation.kind);
const positional: readonly OperationKind[] = ['promote', 'cancel', 'stage', 'turn', 'drop'];
export const isPositional = (operation: Operation | undefined): operation is Operation =>
  operation !== undefined && positional.includes(operation.kind);

/** It, or what follows from it, may still arrive. */
export const isFresh = (operation: Operation | undefined, now: number): operation is Operation =>
  operation !== undefined && now < operation.until;

/**
 * Reads may not show yet what it did, or what came shortly before it. A fence of another node may be a little ahead. A
 * creation that was refused left nothing; everything else, done or not, was about a client that was there.
 */
export const isYoung = (
  operation: Operation | undefined,
  now: number,
  readLagMs: number,
): operation is Operation =>
  operation !== undefined &&
  (operation.result === undefined || operation.kind !== 'create') &&
  Math.abs(now - operation.at) < readLagMs;

/**
 * A mint of which nobody knows how it ended: no result is recorded, the Secret does not come from it, and it was not
 * given up on the Secret; nor did it publish a Secret that has gone since.
 */
export const isUnresolved = (
  operation: Operation | undefined,
  secret: { readonly operation: string; readonly abandonedOperation: string | undefined } | undefined,
  statusOperation: string | undefined,
): operation is Operation => {
  if (!isMint(operation) || operation.result !== undefined) return false;
  if (secret) return secret.operation !== operation.id && secret.abandonedOperation !== operation.id;
  return statusOperation !== operation.id;
};

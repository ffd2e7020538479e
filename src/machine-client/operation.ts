import * as z from 'zod';

/**
 * K of docs/protocol.md: the last operation, in the annotation `machine-client.dev/operation`. It is written before
 * every upstream write, replaced by the next one, and never cleared.
 */
export const operationKinds = [
  // Mints: a secret is shown once in their answer.
  'create',
  'mint',
  'start',
  'issue',
  // By position: they act on whatever is current or next when they arrive.
  'promote',
  'cancel',
  // By id, or of no effect upstream.
  'update',
  'delete',
  'release',
  'publish',
] as const;
export type OperationKind = (typeof operationKinds)[number];

const schema = z.object({
  id: z.string().min(1).max(64),
  kind: z.enum(operationKinds),
  at: z.number(),
  until: z.number(),
  uid: z.string(),
  installation: z.string(),
  incarnation: z.int().min(0).default(0),
  /** Which credential a positional call was about. */
  suffix: z.string().optional(),
  /** The rotation request that the last mint answered or tried to: a new one is tried without waiting. */
  request: z.string().max(1024).optional(),
  /** No credential of the client was ever in a Secret, unless this operation's own one is. */
  first: z.literal(true).optional(),
  /** Only for a definite answer that nothing was done. */
  result: z.enum(['rejected', 'not-sent']).optional(),
});
export type Operation = z.output<typeof schema>;

/** Undefined where there is none, or where a person has written something else there. */
export const parseOperation = (annotation: string | undefined): Operation | undefined => {
  if (annotation === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(annotation));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

export const formatOperation = (operation: Operation): string => JSON.stringify(operation);

/** Ordered by time, so that of two the later one is known; unique by 40 random bits. */
export const newOperationId = (now: number, random: () => number): string => {
  const digits = (value: number, length: number): string =>
    Math.floor(value).toString(36).padStart(length, '0');
  return `${digits(now, 9)}-${digits(random() * 36 ** 8, 8)}`;
};

const mints: readonly OperationKind[] = ['create', 'mint', 'start', 'issue'];
export const isMint = (operation: Operation | undefined): operation is Operation =>
  operation !== undefined && mints.includes(operation.kind);
export const isPositional = (operation: Operation | undefined): operation is Operation =>
  operation?.kind === 'promote' || operation?.kind === 'cancel';

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

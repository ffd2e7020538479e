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
  // A mint, and by position: it is written beside whatever is current when it arrives.
  'stage',
  // By position: they act on whatever is current, next or rotated when they arrive.
  'promote',
  'cancel',
  'turn',
  'drop',
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
  /**
   * Of a mint: when the newest credential was made that the client had before, by the provider's clock. What is not
   * younger did not come of it.
   */
  newest: z.number().optional(),
  /**
   * Of a mint: the client that it is for, where neither the Secret nor the status names it. By its name alone a list may
   * not show whose it is, once somebody has changed that.
   */
  client: z.string().max(1024).optional(),
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

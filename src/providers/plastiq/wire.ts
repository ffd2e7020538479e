import * as z from 'zod';

/** The whole of an answer, as far as it is documented. Unknown fields are let through, and not relied on. */
export const secretAnswer = z.looseObject({ clientSecret: z.string().min(1) });

/** Categories have no documented shape; any JSON of the API will do, and a page of a proxy will not. */
export const checkAnswer = z.union([z.looseObject({}), z.array(z.unknown())]);

/** Of both shapes of an error only what they have in common is read. */
export const errorAnswer = z.looseObject({
  code: z.string().optional().catch(undefined),
  traceId: z.string().optional().catch(undefined),
});

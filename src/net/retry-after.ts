/**
 * The header Retry-After (RFC 9110, section 10.2.3), seconds or a date, as milliseconds from now and never more than
 * `most`. undefined: there is none, or it says neither.
 */
export const retryAfterMs = (
  header: string | readonly string[] | undefined,
  now: number,
  most = Number.POSITIVE_INFINITY,
): number | undefined => {
  if (typeof header !== 'string') return undefined;
  const ms = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), most);
};

import type { EphemeralFault } from '../ephemeral-rig.ts';
import type { failure } from '../outcomes.ts';

export const inJson = (status: number, headers: Record<string, string> = {}): EphemeralFault => ({
  fault: 'status',
  status,
  headers,
});
const inHtml = (status: number): EphemeralFault => ({ fault: 'status', status, body: 'html' });
const wait = { 'retry-after': '7' };

/** What is refused, by the provider itself or by what stands before it: nothing was done, whatever was asked. */
export const refusals: readonly (readonly [
  name: string,
  fault: EphemeralFault,
  meaning: Partial<ReturnType<typeof failure>>,
])[] = [
  ['401', inJson(401), { reason: 'CredentialsInvalid', retry: 'account' }],
  ['401 in HTML', inHtml(401), { reason: 'CredentialsInvalid', retry: 'account' }],
  ['402', inJson(402), { reason: 'PaymentRequired', retry: 'later' }],
  ['403', inJson(403), { reason: 'PermissionDenied', retry: 'later' }],
  ['403 with Retry-After', inJson(403, wait), { reason: 'PermissionDenied', retryAfterMs: 7_000 }],
  ['404', inJson(404), { reason: 'RejectedByProvider' }],
  ['409', inJson(409), { reason: 'RejectedByProvider', retry: 'soon', retryAfterMs: undefined }],
  ['409 with Retry-After', inJson(409, wait), { reason: 'RejectedByProvider', retryAfterMs: 7_000 }],
  ['409 in HTML', inHtml(409), { retry: 'soon' }],
  ['422 in HTML', inHtml(422), { reason: 'UnexpectedAnswer', retry: 'soon' }],
  ['429', inJson(429), { reason: 'RateLimited', retry: 'soon', retryAfterMs: undefined }],
  ['429 with Retry-After', inJson(429, wait), { reason: 'RateLimited', retryAfterMs: 7_000 }],
  ['429 in HTML', inHtml(429), { reason: 'RateLimited', retry: 'soon' }],
];

/** The server did not say what became of it. */
export const serverErrors: readonly (readonly [
  name: string,
  fault: EphemeralFault,
  retryAfterMs: number | undefined,
])[] = [
  ['500', inJson(500), undefined],
  ['500 in HTML', inHtml(500), undefined],
  ['502 in HTML', inHtml(502), undefined],
  ['503', inJson(503), undefined],
  ['503 with Retry-After', inJson(503, wait), 7_000],
  ['504 in HTML', inHtml(504), undefined],
];

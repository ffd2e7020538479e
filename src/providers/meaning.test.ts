import { expect, test } from 'vitest';
import type { Reason } from '../api/reasons.ts';
import { meaningOf, type Meaning } from './meaning.ts';
import { ProviderError, type RetryClass } from './outcome.ts';

test.each([
  ['account', 'CredentialsInvalid', 'stops'],
  ['account', 'RateLimited', 'stops'],
  ['soon', 'ProviderUnavailable', 'fails'],
  ['soon', 'UnexpectedAnswer', 'fails'],
  ['soon', 'Redirected', 'fails'],
  ['soon', 'RateLimited', 'throttles'],
  ['soon', 'RejectedByProvider', 'answers'],
  ['later', 'RateLimited', 'answers'],
  ['later', 'UnexpectedAnswer', 'answers'],
  ['later', 'Redirected', 'stops'],
  ['spec', 'RejectedByProvider', 'answers'],
  ['spec', 'Redirected', 'stops'],
] as const satisfies readonly (readonly [RetryClass, Reason, Meaning])[])(
  'to be tried again: %s, %s: the account %s',
  (retry, reason, meaning) => {
    const facts = { retry, reason, status: 500 };
    expect(meaningOf(new ProviderError('it said so', facts))).toBe(meaning);
    expect(meaningOf(new ProviderError('it was kept back', { ...facts, withheld: true }))).toBe('nothing');
  },
);

import { expect, test } from 'vitest';
import { identityProviderSpec } from '../api/schema/identity-provider.ts';
import { limitsOf } from './limits.ts';
import { moduleOf } from './registry.ts';

test.each([
  ['Stytch', { requestsPerMinute: 600, burst: 20, concurrency: 4 }],
  ['Scalekit', { requestsPerMinute: 600, burst: 20, concurrency: 4 }],
  ['Authress', { requestsPerMinute: 60, burst: 3, concurrency: 2 }],
  ['Plastiq', { requestsPerMinute: 600, burst: 20, concurrency: 4 }],
] as const)('%s: its own where the spec says nothing', (type, own) => {
  expect(moduleOf(type)?.limits).toEqual(own);
  expect(limitsOf(undefined, own)).toEqual(own);
});

test('each that the spec names wins alone', () => {
  const { limits } = identityProviderSpec.parse({
    type: 'Authress',
    authress: { baseUrl: 'https://acc-1.api.authress.io', accountId: 'acc-1', auth: { type: 'Gateway' } },
    limits: { burst: 1 },
  });
  expect(limitsOf(limits, { requestsPerMinute: 60, burst: 5, concurrency: 4 })).toEqual({
    requestsPerMinute: 60,
    burst: 1,
    concurrency: 4,
  });
});

import type { Outcome } from '../../src/providers/outcome.ts';
import type { PortFault } from './rig.ts';

type Kind = Outcome<unknown>['kind'];
/** What each fault means: of a write nobody may say "rejected" when it may have been done. */
export const faults: readonly (readonly [
  name: string,
  fault: PortFault,
  write: Kind,
  read: Kind,
  reason: string,
])[] = [
  [
    'the connection drops before the work',
    { fault: 'drop-before' },
    'unknown',
    'rejected',
    'ProviderUnreachable',
  ],
  [
    'the connection drops after the work',
    { fault: 'drop-after' },
    'unknown',
    'rejected',
    'ProviderUnreachable',
  ],
  ['the answer breaks off', { fault: 'truncate' }, 'unknown', 'rejected', 'ProviderUnreachable'],
  [
    'a proxy’s 502 before the work',
    { fault: 'html-502', phase: 'before' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  [
    'a proxy’s 502 after the work',
    { fault: 'html-502', phase: 'after' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  ['500', { fault: 'status', status: 500 }, 'unknown', 'rejected', 'ProviderUnavailable'],
  [
    '503 in HTML',
    { fault: 'status', status: 503, body: 'html' },
    'unknown',
    'rejected',
    'ProviderUnavailable',
  ],
  [
    '200 with a page of a proxy',
    { fault: 'status', status: 200, body: 'html', phase: 'after' },
    'unknown',
    'rejected',
    'UnexpectedAnswer',
  ],
  [
    'a redirect',
    { fault: 'redirect', location: 'http://127.0.0.1:1/' },
    'rejected',
    'rejected',
    'Redirected',
  ],
  [
    '429',
    { fault: 'status', status: 429, headers: { 'retry-after': '7' } },
    'rejected',
    'rejected',
    'RateLimited',
  ],
  ['402', { fault: 'status', status: 402, body: 'html' }, 'rejected', 'rejected', 'PaymentRequired'],
  ['403', { fault: 'status', status: 403, body: 'html' }, 'rejected', 'rejected', 'PermissionDenied'],
  [
    'a gateway’s own 404',
    { fault: 'status', status: 404, body: 'html' },
    'rejected',
    'rejected',
    'UnexpectedAnswer',
  ],
  [
    'a gateway’s own 400',
    { fault: 'status', status: 400, body: 'html' },
    'rejected',
    'rejected',
    'UnexpectedAnswer',
  ],
];

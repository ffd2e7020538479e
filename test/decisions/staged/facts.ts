import type { Operation } from '../../../src/api/operation.ts';
import type { Facts, ReadyProvider } from '../../../src/machine-client/facts.ts';
import {
  change,
  condition,
  facts,
  HOUR,
  installation,
  looked,
  type Modifier,
  noSecret,
  operation,
  provider,
  quiet,
  rotation,
  seconds,
  secret,
  status,
  swept,
  upstreamClient,
} from '../../../src/machine-client/testing/facts.ts';
import { keycloak } from '../../../src/providers/keycloak/index.ts';
import { makeMark } from '../../../src/providers/mark.ts';
import type { UpstreamCredential } from '../../../src/providers/provider.ts';

/**
 * What `decide` may observe of an object at a provider of staged secrets, beside all that test/decisions varies already for
 * every style. Each is one of few values; together they are the product that is run.
 */
export const dimensions = {
  K: [
    'none',
    'stage, lost, fresh',
    'stage, lost, settled',
    'stage, given up',
    'stage, not to be published',
    'stage, refused, fresh',
    'stage, published, fresh',
    'turn or drop, fresh',
    'update, fresh',
  ],
  S: ['absent', 'ok', 'edited', 'of an unknown key'],
  /** Where the credential of S stands; without S, that which was published last, as status names it. */
  'S holds': ['the current one', 'the rotated one', 'neither'],
  /** What S was published beside. */
  'S came beside': ['the current one', 'another one'],
  status: ['of S', 'of an earlier one'],
  rotated: ['none', 'one', 'of K'],
  current: ['lives', 'has ended'],
  overlap: ['passed', 'running'],
  due: ['no', 'yes'],
  active: ['yes', 'no'],
  /** Whether S holds all the values that the spec now asks for. */
  lacks: ['nothing', 'a value'],
  duplicate: ['none', 'one'],
  shown: ['by a list', 'by a look'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Dimension = keyof typeof dimensions;
export type At = { readonly [D in Dimension]: (typeof dimensions)[D][number] };

export const ids = { current: 'aaaa', rotated: 'bbbb', gone: 'cccc' } as const;

/** What cannot be observed together, or is told by other cases. */
export const possible = (at: At): boolean => {
  // What a stage that is known has left is there, and a rotated one of K needs a stage that was not refused.
  const stages = at.K.startsWith('stage') && at.K !== 'stage, refused, fresh';
  if (at.rotated === 'of K' && !stages) return false;
  if (at.rotated === 'none' && at['S holds'] === 'the rotated one') return false;
  if (at.K === 'stage, given up' && at.S === 'absent') return false;
  // What K has published stands there, and S is of it.
  if (at.K === 'stage, published, fresh')
    return at.S === 'ok' && at['S holds'] === 'the rotated one' && at.rotated === 'of K' && isPlain(at);
  if (at.rotated === 'of K' && at['S holds'] === 'the rotated one') return false;
  if (at.S === 'absent' && at.status === 'of S') return false;
  // Only what stands at the rotated place came beside another one that is still there.
  if (at['S came beside'] === 'the current one' && at['S holds'] !== 'the rotated one') return false;
  // Each of these is told where all the rest is plain.
  const special = [
    at.current === 'has ended',
    at.active === 'no',
    at.lacks === 'a value',
    at.duplicate === 'one',
  ].filter(Boolean).length;
  if (special > 1) return false;
  return true;
};
const isPlain = (at: At): boolean =>
  at.current === 'lives' && at.active === 'yes' && at.lacks === 'nothing' && at.duplicate === 'none';

const { full: mark } = makeMark(installation, 'ns', 'app');
const credential = (
  id: string,
  position: 'current' | 'rotated',
  more: Partial<UpstreamCredential> = {},
): UpstreamCredential => ({ id, suffix: undefined, position, ...more });

const credentialsOf = (at: At): readonly UpstreamCredential[] => [
  credential(ids.current, 'current', at.current === 'has ended' ? { expiryTime: seconds(-1) } : {}),
  ...(at.rotated === 'none'
    ? []
    : [
        credential(
          ids.rotated,
          'rotated',
          at.rotated === 'of K' ? { issuedBy: { mark, operation: 'op-2k' } } : {},
        ),
      ]),
];

const heldId = (at: At): string =>
  ({ 'the current one': ids.current, 'the rotated one': ids.rotated, neither: ids.gone })[at['S holds']];

const operationOf = (at: At): Modifier => {
  const fresh = { until: seconds(20) };
  const settled = (fields: Partial<Operation> = {}): Modifier => operation('stage', 120, fields);
  switch (at.K) {
    case 'none':
      return (before) => before;
    case 'stage, lost, fresh':
      return settled(fresh);
    case 'stage, lost, settled':
    case 'stage, given up':
      return settled();
    case 'stage, not to be published':
      return settled({ suffix: ids.rotated });
    case 'stage, refused, fresh':
      return settled({ ...fresh, result: 'rejected' });
    case 'stage, published, fresh':
      return settled({ ...fresh, id: 'op-2k' });
    case 'turn or drop, fresh':
      return operation('turn', 120, fresh);
    case 'update, fresh':
      return operation('update', 120, fresh);
  }
};

const secretOf = (at: At): Modifier =>
  at.S === 'absent'
    ? noSecret
    : secret({
        credentialId: heldId(at),
        previousCredentialId: at['S came beside'] === 'the current one' ? ids.current : 'dddd',
        operation: at.K === 'stage, published, fresh' ? 'op-2k' : 'op-1s',
        publishedAt: seconds(at.overlap === 'passed' ? -48 * HOUR : -HOUR),
        rotatedAt: seconds(-48 * HOUR),
        integrity: at.S === 'edited' ? 'edited' : at.S === 'of an unknown key' ? 'unknown' : 'ok',
        abandonedOperation: at.K === 'stage, given up' ? 'op-2k' : undefined,
        layout:
          at.lacks === 'a value'
            ? [['client-id', 'ClientID']]
            : [
                ['client-id', 'ClientID'],
                ['client-secret', 'ClientSecret'],
              ],
        template: at.lacks === 'a value' ? 'as-before' : 'as-wanted',
      });

const statusOf = (at: At): Modifier =>
  status({
    operation: at.status === 'of S' ? (at.K === 'stage, published, fresh' ? 'op-2k' : 'op-1s') : 'op-before',
    lastRotationTime: new Date(seconds(at.overlap === 'passed' ? -48 * HOUR : -HOUR)).toISOString(),
    credentials: [{ id: heldId(at), suffix: '****', state: 'Current' }],
  });

const duplicateOf = (at: At): Modifier => {
  if (at.duplicate === 'none') return (before) => before;
  const other = upstreamClient({ id: 'second', createdTime: seconds(-10 * HOUR), credentials: [] });
  return (before) => {
    const ready = before.provider as ReadyProvider;
    const { upstream } = ready;
    return provider({ upstream: { ...upstream, clients: [...upstream.clients, other] } })(before);
  };
};

/** The facts of one case. */
export const factsOf = (at: At): Facts =>
  facts(
    quiet,
    provider({ capabilities: { ...keycloak.capabilities, choosesClientId: false } }),
    swept(-10),
    change({
      createdTime: seconds(-100 * HOUR),
      credentials: credentialsOf(at),
      active: at.active === 'yes',
    }),
    secretOf(at),
    operationOf(at),
    condition({ type: 'CredentialVerified', status: 'True', reason: 'Verified' }),
    statusOf(at),
    at.due === 'yes' ? rotation({ interval: '24h' }) : (before) => before,
    at.shown === 'by a look' ? looked : (before) => before,
    duplicateOf(at),
  );

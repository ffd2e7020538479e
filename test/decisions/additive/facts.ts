import type { MachineClientStatus } from '../../../src/api/schema/machine-client-status.ts';
import type { Facts, ReadyProvider } from '../../../src/machine-client/facts.ts';
import type { Operation } from '../../../src/api/operation.ts';
import {
  change,
  condition,
  facts,
  HOUR,
  installation,
  looked,
  noSecret,
  type Modifier,
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
import { makeMark } from '../../../src/providers/mark.ts';
import type { UpstreamClient, UpstreamCredential } from '../../../src/providers/provider.ts';
import { stytch } from '../../../src/providers/stytch/index.ts';

/**
 * What `decide` may observe of an object at an additive provider, beside all that test/decisions varies already for every
 * style. Each is one of few values; together they are the product that is run.
 */
export const dimensions = {
  /** `lost`: a mint without a result. */
  K: ['none', 'lost, fresh', 'lost, settled', 'given up', 'refused', 'update', 'a deletion, fresh'],
  S: ['absent', 'ok', 'edited', 'of an unknown key', 'of a credential that is gone'],
  status: ['of S', 'of an earlier one', 'none'],
  /** A credential of ours that was published before, and is named in status. */
  old: ['none', 'one'],
  /** One that was made during K, and whether status names it. */
  'made during K': ['none', 'not named', 'named'],
  /** The second was made just before K: the client had it when it was read for K. */
  foreign: ['none', 'one', 'one from just before K'],
  room: ['some', 'none'],
  overlap: ['passed', 'running'],
  due: ['no', 'yes'],
  duplicate: ['none', 'one', 'one of which a list shows the name'],
  /** Whether credentials say whose they are, and which operation issued them. */
  marks: ['none', 'on each'],
  /** Whether the credentials of a client are written one by one, or as one set. */
  written: ['one by one', 'as one set'],
  /** What is known of the client. */
  shown: ['by a list', 'by name alone', 'by another name alone', 'by a look'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Dimension = keyof typeof dimensions;
export type At = { readonly [D in Dimension]: (typeof dimensions)[D][number] };

export const ids = { published: 'sks_1', old: 'sks_0', lost: 'sks_2', foreign: 'sks_9' } as const;

/** What cannot be observed together. */
export const possible = (at: At): boolean => {
  const mints = at.K.startsWith('lost') || at.K === 'given up';
  if (at['made during K'] !== 'none' && !mints) return false;
  // It is given up on the Secret.
  if (at.K === 'given up' && at.S === 'absent') return false;
  // All of status is one patch.
  if (at.status === 'none' && (at.old === 'one' || at['made during K'] === 'named')) return false;
  if (at.S === 'absent' && at.status === 'of S') return false;
  // What is to be told of room and duplicates does not depend on it.
  if (at.marks === 'on each' && (at.room === 'none' || at.duplicate !== 'none')) return false;
  // A key of a set says whose it is, and what is to be told of sets is told where a list shows them whole.
  if (at.written === 'as one set' && (at.marks === 'none' || at.shown.endsWith('name alone'))) return false;
  // Nothing is known of its credentials.
  return at.shown !== 'by name alone' || (at.old === 'none' && at.foreign === 'none' && at.room === 'some');
};

const at48h = -48 * HOUR;
const { full: mark } = makeMark(installation, 'ns', 'app');
const credential = (id: string, createdSeconds: number, operation?: string): UpstreamCredential => ({
  id,
  suffix: id.slice(-4),
  createdTime: seconds(createdSeconds),
  ...(operation !== undefined && { issuedBy: { mark, operation } }),
});

const allCredentialsOf = (at: At): readonly UpstreamCredential[] => [
  ...(at.foreign === 'one' ? [credential(ids.foreign, -90 * HOUR)] : []),
  ...(at.old === 'one' ? [credential(ids.old, -80 * HOUR, 'op-before')] : []),
  ...(at.S === 'of a credential that is gone' ? [] : [credential(ids.published, at48h, 'op-1s')]),
  ...(at.foreign === 'one from just before K' ? [credential(ids.foreign, -125)] : []),
  ...(at['made during K'] === 'none' ? [] : [credential(ids.lost, -115, 'op-2k')]),
];

export const credentialsOf = (at: At): readonly UpstreamCredential[] =>
  allCredentialsOf(at).map(({ issuedBy, ...plain }) =>
    at.marks === 'none' ? plain : { ...plain, issuedBy },
  );

const operationOf = (at: At): Modifier => {
  if (at.K === 'none') return (before) => before;
  if (at.K === 'update') return operation('update', 120);
  // Whatever came of it.
  if (at.K === 'a deletion, fresh') return operation('delete', 120, { until: seconds(20) });
  const fields: Partial<Operation> = {
    ...(at.K === 'lost, fresh' && { until: seconds(20) }),
    ...(at.K === 'refused' && { result: 'rejected' }),
    ...(at.foreign === 'one from just before K' && { newest: seconds(-125) }),
  };
  return operation('mint', 120, fields);
};

const statusOf = (at: At): Modifier => {
  if (at.status === 'none')
    return (before) => ({
      ...before,
      object: {
        ...before.object,
        status: { observedGeneration: -1, conditions: before.object.status.conditions ?? [] },
      },
    });
  const listed = (id: string, state: 'Current' | 'Retiring' | 'Lost') => ({ id, suffix: '****', state });
  const credentials: MachineClientStatus['credentials'] = [
    listed(ids.published, 'Current'),
    ...(at.old === 'one' ? [listed(ids.old, 'Retiring')] : []),
    ...(at['made during K'] === 'named' ? [listed(ids.lost, 'Lost')] : []),
  ];
  const since = seconds(at.overlap === 'passed' ? at48h : -HOUR);
  return status({
    operation: at.status === 'of S' ? 'op-1s' : 'op-before',
    lastRotationTime: new Date(since).toISOString(),
    credentials,
  });
};

const secretOf = (at: At): Modifier => {
  if (at.S === 'absent') return noSecret;
  return secret({
    credentialId: ids.published,
    publishedAt: seconds(at.overlap === 'passed' ? at48h : -HOUR),
    rotatedAt: seconds(at48h),
    integrity: at.S === 'edited' ? 'edited' : at.S === 'of an unknown key' ? 'unknown' : 'ok',
    abandonedOperation: at.K === 'given up' ? 'op-2k' : undefined,
  });
};

const shownOf = (at: At): Modifier => {
  if (at.shown === 'by a look') return looked;
  const { short } = makeMark(installation, 'ns', 'app');
  if (at.shown === 'by name alone') return change({ mark: undefined, shortMark: short, credentials: [] });
  // It was read whole before.
  return at.shown === 'by another name alone' ? change({ hidesMark: true }) : (before) => before;
};

const duplicateOf = (at: At): Modifier => {
  if (at.duplicate === 'none') return (before) => before;
  const { short } = makeMark(installation, 'ns', 'app');
  const whole = upstreamClient({ id: 'second', createdTime: seconds(-10 * HOUR), credentials: [] });
  const other: UpstreamClient =
    at.duplicate === 'one' ? whole : { ...whole, mark: undefined, shortMark: short };
  return (before) => {
    const ready = before.provider as ReadyProvider;
    const { upstream } = ready;
    return provider({ upstream: { ...upstream, clients: [...upstream.clients, other] } })(before);
  };
};

/** The facts of one case. */
export const factsOf = (at: At): Facts => {
  const credentials = credentialsOf(at);
  return facts(
    quiet,
    provider({
      capabilities: {
        ...stytch.capabilities,
        style: 'additive',
        choosesClientId: false,
        marksCredentials: at.marks === 'on each',
        writesKeySet: at.written === 'as one set',
        credentialLimit: at.room === 'none' ? credentials.length : credentials.length + 1,
      },
    }),
    swept(-10),
    change({ createdTime: seconds(-100 * HOUR), credentials }),
    secretOf(at),
    operationOf(at),
    condition({ type: 'CredentialVerified', status: 'True', reason: 'Verified' }),
    statusOf(at),
    at.due === 'yes' ? rotation({ interval: '24h' }) : (before) => before,
    shownOf(at),
    duplicateOf(at),
  );
};

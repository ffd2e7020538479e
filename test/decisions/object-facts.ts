import { annotations, finalizers } from '../../src/api/group.ts';
import type { Condition } from '../../src/api/conditions.ts';
import type { MachineClientSpec } from '../../src/api/schema/machine-client.ts';
import type { MachineClientStatus } from '../../src/api/schema/machine-client-status.ts';
import type { Facts } from '../../src/machine-client/facts.ts';
import { derivedId, facts as situation, HOUR, seconds } from '../../src/machine-client/testing/facts.ts';
import type { At } from './dimensions.ts';

/** Last four characters, such as stand in no word of a message. */
export const suffixes = { current: 'c0r1', next: 'n3x7', gone: 'g0n3' } as const;
export const ids = {
  derived: derivedId(),
  duplicate: 'second',
  wanted: 'mine',
  former: derivedId(3),
} as const;
export const AFTER_OVERLAP = -48 * HOUR;
export const WITHIN_OVERLAP = -HOUR;
export const token = 'please';
/** Open between this noon and the last, and shut now. */
const nightly = { schedule: '0 0 * * *', timeZone: 'Etc/UTC', duration: '1h' };

export const base = situation();

/** Each getter reads what it needs and no more: nothing of this object has a value before somebody asks for it. */
const specOf = (at: At): MachineClientSpec => {
  const { spec } = base.object;
  return {
    ...spec,
    get suspend() {
      return at('suspend') === 'yes';
    },
    get managementPolicy() {
      return at('the client is') === 'ours' ? at('management') : ('CredentialsOnly' as const);
    },
    get state() {
      return at('state');
    },
    get deletionPolicy() {
      return at('deletion policy');
    },
    get clientId() {
      return at('wanted id') === 'none' ? undefined : ids.wanted;
    },
    get adoptionPolicy() {
      return at('adoption');
    },
    get credential() {
      const importSecretRef = at('import') === 'none' ? undefined : { name: 'old', key: 'secret' };
      return { type: 'ClientSecret' as const, importSecretRef };
    },
    get restart() {
      if (at('restart') === 'none') return undefined;
      return {
        discover: true,
        get deadline() {
          return at('restart') === 'stuck' ? '1s' : '720h';
        },
      };
    },
    rotation: {
      ...spec.rotation,
      get interval() {
        return at('rotation').startsWith('planned') ? '24h' : undefined;
      },
      get windows() {
        return at('rotation').endsWith('no window open') ? [nightly] : undefined;
      },
      get verification() {
        return at('verification');
      },
    },
    secret: {
      ...spec.secret,
      get entries() {
        return at('entries') === 'with the secret'
          ? undefined
          : [{ key: 'client-id', field: 'ClientID' as const }];
      },
    },
  };
};

const annotationsOf = (at: At): Readonly<Record<string, string>> =>
  ({
    get [annotations.rotateRequested]() {
      return at('rotation').startsWith('asked') ? token : undefined;
    },
    get [annotations.reconcileRequested]() {
      return at('reconcile-requested') === 'none' ? undefined : token;
    },
    get [annotations.abandonUpstream]() {
      return at('abandon-upstream') === 'yes' ? 'true' : undefined;
    },
    get [annotations.revokePrevious]() {
      return at('revoke-previous') === 'another version' ? '1' : String(presentVersion(at));
    },
  }) as Readonly<Record<string, string>>;

export const SECRET_VERSION = 3;
const statusVersion = (at: At): number | undefined =>
  ({ none: undefined, S: SECRET_VERSION, older: SECRET_VERSION - 1, K: SECRET_VERSION + 1 })[
    at('status.operation')
  ];
const presentVersion = (at: At): number | undefined =>
  at('S') === 'present' ? SECRET_VERSION : statusVersion(at);

/** The id under which the client is, or was. */
export const clientIdOf = (at: At): string =>
  at('the client is') !== 'ours' || at('client') === 'of the wanted id' ? ids.wanted : ids.derived;

export const recordedId = (at: At, name: 'S.client' | 'status.client'): string | undefined => {
  const recorded = at(name);
  if (recorded === 'none') return undefined;
  return recorded === 'client' ? clientIdOf(at) : ids[recorded];
};

const conditionsOf = (at: At): readonly Condition[] => {
  const condition = (type: string, more: () => Pick<Condition, 'status' | 'reason'>): Condition => ({
    type,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    message: 'as it was said',
    get status() {
      return more().status;
    },
    get reason() {
      return more().reason;
    },
  });
  return [
    condition('ClientSynced', () =>
      at('refused') === 'no'
        ? { status: 'True', reason: 'Synced' }
        : { status: 'False', reason: 'PermissionDenied' },
    ),
    condition('SecretPublished', () => ({ status: 'True', reason: 'Published' })),
    condition('RotationInProgress', () => ({ status: 'False', reason: 'Idle' })),
    condition('CredentialVerified', () =>
      at('CredentialVerified') === 'yes'
        ? { status: 'True', reason: 'Verified' }
        : { status: 'Unknown', reason: 'Idle' },
    ),
    condition('Stalled', () =>
      at('refused') === 'for good'
        ? { status: 'True', reason: 'RejectedByProvider' }
        : { status: 'False', reason: 'Idle' },
    ),
  ];
};

export const operationIds = { none: undefined, S: 'op-1s', K: 'op-2k', older: 'op-older' } as const;
export const secretOperation = (at: At): string =>
  at('S.operation') === 'K' ? operationIds.K : operationIds.S;

const statusOf = (at: At): MachineClientStatus => {
  const conditions = [...conditionsOf(at)];
  return {
    observedGeneration: 1,
    conditions,
    get clientId() {
      return recordedId(at, 'status.client');
    },
    get operation() {
      const said = at('status.operation');
      return said === 'S' ? secretOperation(at) : operationIds[said];
    },
    get secretVersion() {
      return statusVersion(at);
    },
    get credentials() {
      const published = at('status.published');
      if (published === 'none') return undefined;
      return [{ id: suffixes[published], suffix: '****', state: 'Current' as const }];
    },
    get lastRotationTime() {
      const passed = at('overlap since status') === 'passed';
      return new Date(seconds(passed ? AFTER_OVERLAP : WITHIN_OVERLAP)).toISOString();
    },
    get nextRetryTime() {
      return at('refused') === 'until later' ? new Date(seconds(60)).toISOString() : undefined;
    },
    get lastHandledRotateRequest() {
      return at('rotation') === 'asked and answered' ? token : undefined;
    },
  };
};

export const objectOf = (at: At): Facts['object'] => ({
  ...base.object,
  spec: specOf(at),
  status: statusOf(at),
  annotations: annotationsOf(at),
  get generation() {
    return at('spec since status') === 'same' ? 1 : 2;
  },
  get deleting() {
    return at('life') === 'deleting';
  },
  deletionTime: base.now,
  get invalid() {
    return at('form') === 'valid' ? undefined : 'spec.scopes: invalid_type';
  },
  get finalizers() {
    return at('finalizer') === 'ours' ? [finalizers.upstream] : [];
  },
});

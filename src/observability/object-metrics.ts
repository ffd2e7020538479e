import { Counter, Gauge, type Registry } from 'prom-client';
import { findCondition } from '../api/conditions.ts';
import type { MachineClient } from '../api/objects.ts';
import { isReason, type Reason } from '../api/reasons.ts';
import { printable } from '../runtime/printable.ts';

/** An account in use, as far as metrics tell of it. */
export interface AccountView {
  readonly account: string;
  /** `IdentityProvider/namespace/name` or `ClusterIdentityProvider/name`: the id of an account is only its claim. */
  readonly provider: string;
  /** Wall clock, milliseconds; undefined before the first complete one. */
  readonly sweptAt: number | undefined;
  readonly orphans: number | undefined;
  readonly circuitOpen: boolean;
  readonly inUse: number;
  readonly waits: number;
}

export interface ObjectSources {
  readonly machineClients: () => Iterable<MachineClient>;
  readonly accounts: () => Iterable<AccountView>;
  /** An object of which something could not be measured: it is left out, and the others are not. */
  readonly onUnmeasured?: ((object: MachineClient, error: unknown) => void) | undefined;
  /** A series for each MachineClient. */
  readonly perObject: boolean;
}

/** As a label. */
const LONGEST_ACCOUNT = 256;
const prefix = 'machine_client_operator';
const secondsOf = (time: string | undefined): number | undefined => {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : ms / 1000;
};
/** Of the credential in the Secret: that another one ends cuts nobody off. */
const expiryOf = ({ status }: MachineClient): number | undefined =>
  secondsOf(status.credentials?.find(({ state }) => state === 'Current')?.expiryTime);

/** Keeps nothing between two scrapes: thousands of series are larger than what they tell of. */
class PassingGauge<T extends string> extends Gauge<T> {
  override async get(): ReturnType<Gauge<T>['get']> {
    try {
      return await super.get();
    } finally {
      this.reset();
    }
  }
}

/** What can be counted from the caches is computed when it is scraped, so what is deleted has no series. */
export const registerObjectMetrics = (registry: Registry, sources: ObjectSources): void => {
  const registers = [registry];
  const { perObject, onUnmeasured } = sources;
  const each = (measure: (object: MachineClient) => void): void => {
    for (const object of sources.machineClients()) {
      try {
        measure(object);
      } catch (error) {
        onUnmeasured?.(object, error);
      }
    }
  };
  const count = (type: string, reason?: Reason): number => {
    let found = 0;
    each(({ status }) => {
      const condition = findCondition(status.conditions, type);
      if (condition?.status === 'True' && (reason === undefined || condition.reason === reason)) found++;
    });
    return found;
  };
  const accounts = (): readonly AccountView[] =>
    [...sources.accounts()].map((view) => ({ ...view, account: printable(view.account, LONGEST_ACCOUNT) }));
  new Gauge({
    name: `${prefix}_machineclients`,
    help: 'MachineClients by their Ready condition.',
    labelNames: ['ready', 'reason'],
    registers,
    collect() {
      this.reset();
      each(({ status }) => {
        const ready = findCondition(status.conditions, 'Ready');
        // A person can write any word there, and each would be a series.
        const reason = isReason(ready?.reason) ? ready.reason : '';
        this.inc({ ready: ready?.status ?? 'Unknown', reason });
      });
    },
  });
  new Gauge({
    name: `${prefix}_rotations_overdue`,
    help: 'MachineClients whose planned rotation has not begun in time.',
    registers,
    collect() {
      this.set(count('RotationOverdue'));
    },
  });
  new Gauge({
    name: `${prefix}_rotations_blocked`,
    help: 'MachineClients that cannot be rotated before somebody else has acted: see their condition RotationBlocked.',
    registers,
    collect() {
      this.set(count('RotationBlocked'));
    },
  });
  new Gauge({
    name: `${prefix}_rotations_in_progress`,
    help: 'MachineClients whose former credential still lives, or whose next one is on its way.',
    registers,
    collect() {
      this.set(count('RotationInProgress'));
    },
  });
  new Gauge({
    name: `${prefix}_rollouts_stuck`,
    help: 'MachineClients whose workloads have not rolled out within spec.restart.deadline.',
    registers,
    collect() {
      this.set(count('RotationInProgress', 'RolloutStuck'));
    },
  });
  const ofAccount = (name: string, help: string, read: (view: AccountView) => number | undefined): Gauge =>
    new Gauge({
      name: `${prefix}_account_${name}`,
      help,
      labelNames: ['account', 'provider'],
      registers,
      collect() {
        this.reset();
        for (const view of accounts()) {
          const { account, provider } = view;
          const value = read(view);
          if (value !== undefined) this.set({ account, provider }, value);
        }
      },
    });
  ofAccount('last_sweep_timestamp_seconds', 'When the last complete list of the account began.', (view) =>
    view.sweptAt === undefined ? undefined : view.sweptAt / 1000,
  );
  ofAccount('orphans', 'Clients with our mark and without a MachineClient.', ({ orphans }) => orphans);
  ofAccount('circuit_open', '1 while the account does not answer, and is asked by single probes.', (view) =>
    view.circuitOpen ? 1 : 0,
  );
  ofAccount('requests_in_flight', 'Requests that are under way.', ({ inUse }) => inUse);
  new Counter({
    name: `${prefix}_account_budget_waits_total`,
    help: 'How often the budget of the account had somebody wait.',
    labelNames: ['account', 'provider'],
    registers,
    collect() {
      this.reset();
      for (const { account, provider, waits } of accounts()) this.inc({ account, provider }, waits);
    },
  });
  if (!perObject) return;
  const ofObject = (name: string, help: string, read: (object: MachineClient) => number | undefined): Gauge =>
    new PassingGauge({
      name: `${prefix}_machineclient_${name}`,
      help,
      labelNames: ['namespace', 'name'],
      registers,
      collect() {
        each((object) => {
          const value = read(object);
          if (value !== undefined) this.set({ namespace: object.namespace, name: object.name }, value);
        });
      },
    });
  ofObject('ready', '1 while the Secret holds a working credential.', (object) =>
    findCondition(object.status.conditions, 'Ready')?.status === 'True' ? 1 : 0,
  );
  ofObject('next_rotation_timestamp_seconds', 'When the next rotation is due.', ({ status }) =>
    secondsOf(status.nextRotationTime),
  );
  ofObject(
    'credential_expiration_timestamp_seconds',
    'When the credential in the Secret ends by itself.',
    expiryOf,
  );
};

import type { MachineClient } from '../api/objects.ts';
import type { Operation } from '../api/operation.ts';
import type { Reason } from '../api/reasons.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Store } from '../kube/store.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Recent } from '../runtime/recent.ts';
import type { DefinitionState } from './facts.ts';
import type { IntegrityKey } from './integrity.ts';
import type { FencePace } from './pace.ts';
import type { SecretView } from './secret-view.ts';
import type { Settling } from './settling.ts';
import type { Timing } from './timing.ts';
import type { Logger } from 'pino';

/** What every pass works with. */
export interface Ports {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly installation: string;
  readonly integrity: IntegrityKey;
  readonly timing: Timing;
  readonly settling: Settling;
  readonly pace: FencePace;
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly log: Logger;
  readonly event: (object: MachineClient, type: 'Normal' | 'Warning', reason: Reason, note: string) => void;
  /** The wrong values of revoke-previous that events have named lately, by uid. */
  readonly named: Recent<string>;
  /** `uid id`: clients that bore the uid of their object when they were last seen. */
  readonly bore: Recent<true>;
  /** Uids of objects of which this process has seen a Secret, or may have written one. */
  readonly shown: Recent<true>;
  /** By operation: that nothing was done, which this process knows, and the object may not say yet. */
  readonly results: Recent<NonNullable<Operation['result']>>;
  /** By operation: what the provider knows a call by that nobody answered. */
  readonly unanswered: Recent<string>;
  /** Waits without holding the worker on which the work on this key runs, nor a part of its account's share of them. */
  readonly aside: <T>(key: string, wait: () => Promise<T>) => Promise<T>;
  /** Why nothing of a MachineClient may be written into this Secret: the operator itself depends on it. */
  readonly reserved: (namespace: string, name: string) => string | undefined;
  /** Objects that are getting our finalizer: their provider object stays for them. */
  readonly beginnings: {
    /** False: that is on its way out. What was decided with it is decided again. */
    readonly begin: (object: MachineClient) => boolean;
    /** By the key of the object. */
    readonly end: (key: string) => void;
  };
  /** Keeps the record of a client that was left upstream, on its provider's status. */
  readonly recordOrphan: (object: MachineClient, clientId: string) => Promise<void>;
  /** Before its finalizer goes: that its organization is to be listed, where nobody else names that. */
  readonly recordLeaving: (object: MachineClient) => Promise<void>;
  /** About its provider object, for who cannot look at the object any more. */
  readonly eventOnProvider: (
    object: MachineClient,
    type: 'Normal' | 'Warning',
    reason: Reason,
    note: string,
  ) => void;
  /**
   * Whether the definition of MachineClient is being deleted, or was since this object was: by a read that begins after
   * this call.
   */
  readonly readDefinition: (object: MachineClient) => Promise<DefinitionState>;
  /** The provider has shown the object's client anew: what is lost is counted before anything is decided on it. */
  readonly clientShown: (object: MachineClient) => void;
}

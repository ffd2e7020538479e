import type { Defence } from './defences.ts';
import type { ConsoleDeed, ProviderName } from './upstreams/upstream.ts';

/** Times are milliseconds of the world's clock; `name` is the name of a MachineClient, `replica` of an operator. */
export type Act =
  // A user, with kubectl.
  | { readonly do: 'create'; readonly name: string; readonly spec: Record<string, unknown> }
  /** Of a client that a person has made, of a value that is there already, or of both. */
  | {
      readonly do: 'adopt';
      readonly name: string;
      readonly spec: Record<string, unknown>;
      readonly beside: Existing;
    }
  /** Made, and deleted at once by a DELETE that admission webhooks keep so long: meanwhile no finalizer holds it. */
  | {
      readonly do: 'brief';
      readonly name: string;
      readonly spec: Record<string, unknown>;
      readonly ms: number;
    }
  | { readonly do: 'edit'; readonly name: string; readonly spec: Record<string, unknown> }
  | {
      readonly do: 'rotate' | 'look' | 'revoke' | 'revoke-another';
      readonly name: string;
      readonly token: string;
    }
  | { readonly do: 'delete' | 'wipe-status' | 'wipe-operation' | 'restore'; readonly name: string }
  | { readonly do: 'delete-secret' | 'edit-secret' | 'unlabel-secret'; readonly name: string }
  /** Out of a backup from before the last rotation: content and annotations, so that it vouches for itself. */
  | { readonly do: 'restore-secret'; readonly name: string }
  | { readonly do: 'rename-secret'; readonly name: string; readonly to: string }
  | { readonly do: 'delete-namespace' }
  /** All MachineClients at once. */
  | { readonly do: 'delete-all' }
  /** The definition of MachineClient, and all objects with it; both are back so long after both have gone. */
  | { readonly do: 'definition'; readonly ms: number }
  | WorkloadAct
  // A person in the provider's console.
  | { readonly do: 'console'; readonly name: string; readonly what: ConsoleDeed }
  | { readonly do: 'quota'; readonly clients: number; readonly ms: number }
  | { readonly do: 'credential'; readonly ms: number }
  /** Whoever has logged in must do so again. */
  | { readonly do: 'end-sessions' }
  /** What every secret is issued for is gone for a while. */
  | { readonly do: 'subject'; readonly ms: number }
  | { readonly do: 'wipe-clients' }
  /**
   * Another cluster that was made with our values, and our installation id, gets an object of this name; with a spec:
   * both clusters get it, in the same moment.
   */
  | { readonly do: 'rival'; readonly name: string; readonly spec?: Record<string, unknown> }
  // The infrastructure.
  | { readonly do: 'kill' | 'term'; readonly replica: string; readonly ms: number }
  | { readonly do: 'stop'; readonly replica: string; readonly ms: number }
  | { readonly do: 'clock'; readonly replica: string; readonly ms: number }
  | { readonly do: 'lag'; readonly resource: string; readonly lagMs: number; readonly ms: number }
  | { readonly do: 'cut' | 'compact' | 'lose-key' }
  /** etcd is put back to what it was `ms` ago. */
  | { readonly do: 'etcd-restore'; readonly ms: number }
  | {
      readonly do: 'storm';
      readonly target: Target;
      readonly status: number;
      readonly share: number;
      readonly ms: number;
    }
  | { readonly do: 'outage'; readonly target: Target; readonly ms: number }
  /** Writes to the API server take six seconds: they are carried out late, or answered late. */
  | { readonly do: 'slow'; readonly ms: number }
  /** Admission refuses what operators write to MachineClients. */
  | { readonly do: 'refuse'; readonly what: Refused; readonly status: 403 | 422; readonly ms: number }
  | {
      readonly do: 'loss';
      readonly target: Target;
      readonly what: Loss;
      readonly share: number;
      readonly ms: number;
    };

/** The workload of a MachineClient, and its pods; `name` is the name of the MachineClient. */
export type WorkloadAct =
  | { readonly do: 'deploy' | 'scale'; readonly name: string; readonly replicas: number }
  | { readonly do: 'remake' | 'lose-pod' | 'undo'; readonly name: string }
  | { readonly do: 'stick'; readonly name: string; readonly ms: number }
  | { readonly do: 'pause'; readonly name: string; readonly on: boolean };

export type Target = 'api' | 'upstream';
/** The request does not arrive, its answer does not come back, or it arrives long after its caller has gone. */
export type Loss = 'before' | 'after' | 'late';

/** Which of the writes: those with an operation, those that change finalizers, or those of the status. */
export type Refused = 'fence' | 'finalizer' | 'status';

/** A client alone; with a Secret that holds its credential; the same, which stays somebody else's; a value without a client. */
export type Existing = 'client' | 'secret' | 'merged' | 'value';

export interface Step {
  readonly at: number;
  readonly act: Act;
  /** Where; left out: in the first one. */
  readonly namespace?: typeof SECOND_NAMESPACE;
}

export interface Settings {
  readonly replicas: 1 | 2;
  readonly orphanPolicy: 'Report' | 'Delete';
  readonly resync: string;
  /** Of a request and of its answer, at most. */
  readonly latencyMs: number;
  /** Share of requests that are lost or late although nothing is wrong. */
  readonly noise: number;
  /** When the faults are over, plans go on for as long as it takes to see that they are kept. */
  readonly watchesPlans?: boolean;
  /** The provider object says `massDeletionPolicy: Hold`. */
  readonly holdsDeletions?: boolean;
  /** What all operators do without: see defences.ts. */
  readonly without?: readonly Defence[];
  /** Switches of the provider's simulator: what is not known of it, and how slow it is. */
  readonly switches?: Readonly<Record<string, unknown>>;
}

/** All that happens in a world besides what follows from it. The seed gives every message its chance. */
export interface Schedule {
  readonly seed: number;
  /** Left out: Stytch. */
  readonly provider?: ProviderName;
  readonly settings: Settings;
  readonly steps: readonly Step[];
}

export const NAMESPACE = 'team';
/** Where others have objects of the same names, and a provider object of their own for the same account. */
export const SECOND_NAMESPACE = 'others';

/** The namespaces in which people have anything. */
export const namespacesOf = ({ steps }: Schedule): readonly string[] =>
  steps.some(({ namespace }) => namespace !== undefined) ? [NAMESPACE, SECOND_NAMESPACE] : [NAMESPACE];
export const OPERATOR_NAMESPACE = 'machine-client-system';
export const INSTALLATION = 'sim';
/** Of 1 January 2026, where every world begins. */
export const EPOCH = Date.UTC(2026, 0, 1);

import type { MachineClient } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import type { Mark } from '../providers/mark.ts';
import type { Capabilities, Refusal, StyleName, UpstreamClient } from '../providers/provider.ts';
import type { Excess } from './client-policy.ts';
import type { Consumer } from '../kube/rollout/workload.ts';
import type { Layout, SecretView } from './secret-view.ts';
import type { SeenOperation } from './settling.ts';
import type { Timing } from './timing.ts';

/** What is known upstream: from the last complete sweep, and from single clients read live in this pass. */
export interface Upstream {
  /** Wall clock at which the last complete sweep began; undefined: there was none yet. */
  readonly sweptAt: number | undefined;
  /** Clients that bear this object's mark, or an id that it knows; live reads replace what a sweep showed. */
  readonly clients: readonly UpstreamClient[];
  /** Ids of clients whose mark the list hides, and that were made while K was under way; only where K is a lost creation. */
  readonly nameless?: readonly string[] | undefined;
  /** Ids that were read live in this pass, with what was found. */
  readonly looked: ReadonlyMap<string, UpstreamClient | undefined>;
}

/** What a client is, held against the spec and the policy. */
export interface Judgement {
  /** Fields in which it differs from the wish. */
  readonly differences: readonly string[];
  /**
   * Why it cannot be made as the wish says: what it holds cannot be cleared, or it is another kind of client. Asked only where
   * something differs, and of one that is borrowed.
   */
  readonly unfit?: Refusal | undefined;
  /** What it is though clientPolicy does not allow it. */
  readonly excess?: Excess | undefined;
}

export type DefinitionState = 'stands' | 'goes';

/** `massDeletionPolicy: Hold`, for an object that is being deleted: also where the provider cannot be asked. */
export interface HeldDeletion {
  /** Many are marked for deletion, and a person is to confirm that first. */
  readonly deletionHeld?: string | undefined;
  /** Wall clock: what is marked for deletion is not removed before, for more may be marked with it. */
  readonly deletionQuietUntil?: number | undefined;
}

export interface ReadyProvider extends HeldDeletion {
  readonly state: 'ready';
  readonly capabilities: Capabilities;
  /** How the credentials of this object's client succeed each other. */
  readonly style: StyleName;
  /** The spec names a secret that a user brings. */
  readonly imports: boolean;
  /** The keys of the Secret as the spec wants them. */
  readonly layout: Layout;
  readonly adoptionAllowed: boolean;
  /** Why the wish cannot be borne: the provider's own rules, then its clientPolicy. */
  readonly refusal: Refusal | undefined;
  /** Whether the provider object and its login stay for as long as a client does; `leaving`: one is being deleted. */
  readonly kept: boolean | 'leaving';
  /** Much changed at once: no known client of the account is recreated or rotated. */
  readonly held: string | undefined;
  /** Wall clock: since when the published client or credential is found lost; undefined: it is not. */
  readonly lostSince?: number | undefined;
  /** Wall clock: what was found lost lately is not replaced before, for more may turn out to be lost with it. */
  readonly quietUntil?: number | undefined;
  readonly requestTimeoutMs: number;
  /** What a secret issued to this spec is bound to. */
  readonly terms?: string | undefined;
  /** What a person should know of a credential made to this spec. */
  readonly caveat?: string | undefined;
  /** Ids of clients of this object that somebody with the same installation id has taken over: see taken-over.ts. */
  readonly takenOver: readonly string[];
  /** Of the clients of `upstream`, by id; of a summary nothing is known. */
  readonly judged: ReadonlyMap<string, Judgement>;
  /** The Secret's template as the spec wants it for the client of this object. */
  readonly template: string;
  readonly upstream: Upstream;
}

export type ProviderFacts =
  | (HeldDeletion & {
      readonly state: 'missing' | 'not-ready' | 'denied';
      readonly reason: Reason;
      readonly message: string;
      /**
       * None of its lists shows a client with the object's mark: what was there at this moment of the wall clock, they
       * would. undefined: one does, or nobody knows.
       */
      readonly noneSince?: number | undefined;
    })
  | ReadyProvider;

/**
 * Everything that `decide` may know: data, which facts-json.ts writes and reads. No value of a secret is in it.
 */
export interface Facts {
  readonly object: MachineClient;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number;
  readonly installation: string;
  readonly timing: Timing;
  readonly mark: Mark;
  /** K */
  readonly operation: SeenOperation | undefined;
  /** When the last operation of the object that had this name before was fenced, and is settled; see former.ts. */
  readonly former?: Pick<SeenOperation, 'at' | 'until'> | undefined;
  /** S: ours, under the wanted name; where there is none, ours under a former name. */
  readonly secret: SecretView | undefined;
  /** Secrets of ours under former names, other than `secret`. */
  readonly strays: readonly SecretView[];
  readonly provider: ProviderFacts;
  /** `Secret` or `client` that another MachineClient has a better claim to: its name. */
  readonly rivalForSecret: string | undefined;
  readonly rivalForClient: string | undefined;
  readonly namespaceTerminating: boolean;
  /**
   * Read live since the object was seen to be deleted: whether the definition of MachineClient itself `goes`, and all
   * objects with it. undefined: not looked at.
   */
  readonly definition?: DefinitionState | undefined;
  /** Found in this pass: a Secret of the wanted name that could be adopted together with the client. */
  readonly adoptableSecret: 'unknown' | 'none' | 'foreign';
  /** Read live in this pass: the workloads of spec.restart. undefined: not looked at. */
  readonly consumers?: readonly Consumer[] | undefined;
  /** Id of the last operation, where its answer in this pass leaves nothing to wait for. */
  readonly answered?: string | undefined;
  /** What the provider knows the last operation's call by, where it was not answered and this process has sent it. */
  readonly unanswered?: string | undefined;
  /** Found in this pass: the client has another secret than the one to import. */
  readonly importRefuted: boolean;
}

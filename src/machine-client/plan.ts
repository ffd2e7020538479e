import type { Reason } from '../api/reasons.ts';
import type { UpstreamClient } from '../providers/provider.ts';
import type { Consumer, Publication } from '../kube/rollout/workload.ts';
import type { SecretView } from './secret-view.ts';

interface Why {
  readonly reason: Reason;
  /** One sentence for the condition, the event and the log. */
  readonly message: string;
}

/** More must be known before anything can be decided. */
export type Question =
  | { readonly kind: 'look'; readonly ids: readonly string[] }
  /** A complete sweep that began after this moment of the wall clock. */
  | { readonly kind: 'sweep'; readonly after: number }
  /** How far the workloads of spec.restart are. `optional`: nothing waits for them. */
  | { readonly kind: 'look-at-consumers'; readonly optional: boolean }
  /** Whether the definition of MachineClient is being deleted, and this object only with it. */
  | { readonly kind: 'look-at-definition' };

/** One effect. Each is carried out by the function of its name in carry-out/. */
export type Effect = Why &
  (
    | { readonly kind: 'create'; readonly clientId: string | undefined; readonly incarnation: number }
    | { readonly kind: 'mint'; readonly client: UpstreamClient; readonly prove: boolean }
    /** A secret of a provider that has no clients. */
    | { readonly kind: 'issue' }
    /** `suffix`: the id of the credential that is meant. */
    | {
        readonly kind: 'promote' | 'cancel' | 'turn' | 'drop';
        readonly client: UpstreamClient;
        readonly suffix: string;
      }
    | { readonly kind: 'retire'; readonly client: UpstreamClient; readonly credentialId: string }
    | { readonly kind: 'update'; readonly client: UpstreamClient; readonly fields: readonly string[] }
    | { readonly kind: 'remove-client'; readonly clientId: string }
    | { readonly kind: 'release-client'; readonly client: UpstreamClient }
    /** The Secret is written from a credential that exists: of another Secret of ours, or to be imported. */
    | { readonly kind: 'publish-stored'; readonly from: SecretView }
    | { readonly kind: 'publish-import'; readonly client: UpstreamClient }
    /** Of a client whose credentials can be read. `previous`: beside which one it stands, whose place it is to take. */
    | {
        readonly kind: 'publish-read';
        readonly client: UpstreamClient;
        readonly credentialId: string;
        readonly previous: string | undefined;
        readonly prove: boolean;
      }
    /** The existing Secret proves valid and is taken over with the client. */
    | { readonly kind: 'adopt-secret'; readonly client: UpstreamClient }
    | { readonly kind: 'give-up-operation'; readonly operation: string }
    /** The integrity key was lost, and upstream vouches for the credential. */
    | { readonly kind: 'sign-again'; readonly client: UpstreamClient }
    | { readonly kind: 'prove'; readonly client: UpstreamClient }
    /** Their pod templates are told the publication. `optional`: nothing waits for them. */
    | {
        readonly kind: 'restart';
        readonly consumers: readonly Consumer[];
        readonly publication: Publication;
        readonly optional: boolean;
      }
    | { readonly kind: 'remove-secret'; readonly secret: SecretView }
    | { readonly kind: 'take-finalizer' }
    | { readonly kind: 'finish'; readonly orphan: string | undefined }
    /** The finalizer alone: what is upstream, and the Secret, stay for the object that comes back. */
    | { readonly kind: 'let-go'; readonly orphan: string | undefined }
  );

/** Nothing is to be done now. */
export type Rest =
  | (Why & { readonly kind: 'nothing'; readonly until?: number | undefined })
  /** It goes on by itself, at `until` (wall clock) or when something is reported. */
  | (Why & { readonly kind: 'wait'; readonly until?: number | undefined })
  /** Something outside must change first. `stalled`: it will not heal by itself. */
  | (Why & {
      readonly kind: 'hold';
      readonly stalled: boolean;
      readonly until?: number | undefined;
      /** What is held back, where it was refused before. */
      readonly during?: Reason | undefined;
      /** Whose it is, where the owner of this object has no business to know: for the log alone. */
      readonly inTheLog?: string | undefined;
    })
  /** Another installation's: not even its status is touched while that one writes it. */
  | (Why & { readonly kind: 'hands-off' });

export type Plan = Question | Effect | Rest;

export const isRest = (plan: Plan): plan is Rest =>
  plan.kind === 'nothing' || plan.kind === 'wait' || plan.kind === 'hold' || plan.kind === 'hands-off';

/** A policy looks at the facts and either has a plan or leaves it to the next one. */
export type Policy<F> = (facts: F) => Plan | undefined;

/** By which rows a plan was reached, from the outermost list inwards. */
const trails = new WeakMap<Plan, readonly string[]>();
export const trailOf = (plan: Plan): readonly string[] => trails.get(plan) ?? [];

/** The first that applies wins. */
export const firstOf = <F>(policies: readonly Policy<F>[], facts: F): Plan | undefined => {
  for (const policy of policies) {
    const plan = policy(facts);
    if (!plan) continue;
    trails.set(plan, [policy.name, ...trailOf(plan)]);
    return plan;
  }
  return undefined;
};

/** Looks at a plan that was made, and has another one in its place or leaves it. */
export type Overlay<F> = (facts: F, plan: Plan) => Plan | undefined;

/** Each looks at what the one before it left. */
export const overlaid = <F>(overlays: readonly Overlay<F>[], facts: F, plan: Plan): Plan => {
  let present = plan;
  for (const overlay of overlays) {
    const other = overlay(facts, present);
    if (!other) continue;
    trails.set(other, [...trailOf(present), overlay.name]);
    present = other;
  }
  return present;
};

import { annotations } from '../../api/group.ts';
import { parseDuration } from '../../api/durations.ts';
import type { Facts } from '../facts.ts';
import type { Consumer } from '../../kube/rollout/workload.ts';
import { isRestartedFor } from '../publication.ts';
import type { SecretView } from '../secret-view.ts';
import { scaled } from '../timing.ts';

/** Workloads that use several Secrets are restarted together when these rotate together: at the same ticks. */
const TICK_MS = 10_000;
/** The Secret is in every kubelet's reach by then. */
const SETTLED_MS = 2_000;
const LOOK_AGAIN_MS = 10_000;
const NAMED = 3;

/** How far the consumers of the present publication are. */
export type Rollout =
  /** `spec.restart` names nobody. */
  | { readonly state: 'done' }
  | { readonly state: 'too-early'; readonly at: number }
  | { readonly state: 'not-looked' }
  | { readonly state: 'behind'; readonly consumers: readonly Consumer[] }
  | {
      readonly state: 'pending' | 'stuck';
      readonly message: string;
      /** When to look again: wall clock, milliseconds. */
      readonly until: number;
    };

/**
 * When consumers are restarted: at the next tick of a clock that all objects share. Two Secrets of one workload that
 * are published within a tick cost it one rollout.
 */
const restartAt = ({ timing }: Facts, { publishedAt }: SecretView): number => {
  const tick = scaled(timing, TICK_MS);
  return Math.ceil((publishedAt + scaled(timing, SETTLED_MS)) / tick) * tick;
};

/** From then on a rollout that has not ended is stuck. Wall clock, milliseconds. */
export const rolloutDeadline = (facts: Facts, secret: SecretView): number => {
  const { restart } = facts.object.spec;
  return restart ? restartAt(facts, secret) + scaled(facts.timing, parseDuration(restart.deadline)) : 0;
};

const named = (consumers: readonly Consumer[]): string => {
  const some = consumers
    .slice(0, NAMED)
    .map(({ kind, name, waitsFor = 'its rollout' }) =>
      waitsFor === 'its rollout' ? `${kind} ${name}` : `${kind} ${name} (${waitsFor})`,
    );
  const more = consumers.length - some.length;
  return more > 0 ? `${some.join(', ')} and ${more} more` : some.join(', ');
};

/** A person has the old credential retired at once, whoever holds it. */
export const isRevoked = ({ object }: Facts, secret: SecretView): boolean =>
  object.annotations[annotations.revokePrevious] === String(secret.version);

/** Derived from the Secret and from the workloads as they are: nothing of it is remembered. */
export const rollout = (facts: Facts, secret: SecretView): Rollout => {
  const { restart } = facts.object.spec;
  if (!restart || (!restart.discover && (restart.targets ?? []).length === 0)) return { state: 'done' };
  // Who revokes the old credential at once restarts at once.
  const at = restartAt(facts, secret);
  if (facts.now < at && !isRevoked(facts, secret)) return { state: 'too-early', at };
  if (!facts.consumers) return { state: 'not-looked' };
  const behind = facts.consumers.filter((one) => one.uid !== undefined && !isRestartedFor(one, secret));
  if (behind.length > 0) return { state: 'behind', consumers: behind };
  const waiting = facts.consumers.filter(({ waitsFor }) => waitsFor !== undefined);
  if (waiting.length === 0) return { state: 'done' };
  const { timing, now } = facts;
  return now < rolloutDeadline(facts, secret)
    ? {
        state: 'pending',
        message: `the old credential lives until these have rolled out: ${named(waiting)}`,
        until: now + scaled(timing, LOOK_AGAIN_MS),
      }
    : {
        state: 'stuck',
        message: `these have not rolled out within spec.restart.deadline, and the old credential lives until they have: ${named(waiting)}`,
        // As before the deadline: whoever mends a workload sees the rotation go on within seconds.
        until: now + scaled(timing, LOOK_AGAIN_MS),
      };
};

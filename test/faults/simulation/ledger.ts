import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { Letter } from './findings.ts';
import type { Fence } from './fences.ts';
import type { Actor } from './scene.ts';
import type { Published } from './truth.ts';

/** Why a credential stopped working. */
export interface Kill {
  readonly actor: Actor;
  readonly letter: Letter | undefined;
  readonly fence: Fence | undefined;
}

/** What happened so far, for whoever judges what happens next. Times are of the world, keys are `namespace/name`. */
export class Ledger {
  /** Owner of a client, by its id. */
  readonly owners = new Map<string, string>();
  /** The last act of a person: in the console by client id, on an object's Secret by key, on a workload by uid. */
  readonly console = new Map<string, number>();
  readonly hands = new Map<string, number>();
  /** When a person last gave the Secret of an object another name, which may be a former one. */
  readonly renamed = new Map<string, number>();
  readonly workloadHands = new Map<string, number>();
  /** When an object went, or came. */
  readonly gone = new Map<string, number>();
  /** When an object lost its status, or its operation, by a person. */
  readonly statusLost = new Map<string, number>();
  readonly wiped = new Map<string, number>();
  /** When a process began. */
  readonly started = new Map<Actor, number>();
  /** The last look of a process at a client: `process id`. */
  readonly looks = new Map<string, number>();
  /** `client credential` */
  readonly proven = new Set<string>();
  /**
   * When a credential was first in a Secret, by its value. `wall`: when it was sent, by the clock of who wrote it, and
   * `sentAt` by that of the world: reckoned when it arrived, for that clock may be set afterwards.
   */
  readonly published = new Map<
    string,
    { readonly at: number; readonly wall: number; readonly sentAt: number; readonly by: Actor }
  >();
  /** When a publication was committed, by the clock of who wrote it. */
  readonly arrived = new Map<string, number>();
  /** The same in time of the world. */
  readonly arrivedAt = new Map<string, number>();
  readonly lastPublished = new Map<string, Published>();
  /** By owner, its Secret as it was before another credential took the place of the one in it. */
  readonly replaced = new Map<string, RawObject>();
  readonly killers = new Map<string, Kill>();
  /** Processes that know a history of etcd that did not happen. */
  readonly misled = new Set<Actor>();
  /** What the clock of a place was ahead by, and until when, before it was set the last time; world time. */
  readonly formerClocks = new Map<string, { readonly offsetMs: number; readonly until: number }>();
  /** The wall clock of a process was set. */
  clockSet = false;
  /** Owners of Secrets that were put back from a backup: what was published since, nobody can tell any more. */
  readonly putBack = new Set<string>();
  /** When the integrity key was replaced: nobody but the provider can say what a Secret holds. */
  keyLost: number | undefined;
  /** etcd was put back. */
  restored = false;

  excuse(actor: Actor): Letter | undefined {
    return this.misled.has(actor) ? 'g' : undefined;
  }
}

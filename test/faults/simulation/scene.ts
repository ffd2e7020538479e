import type { Published, Stored, StoredWorkload } from './truth.ts';
import type { Upstream } from './upstreams/upstream.ts';

/** Who did it: an operator process by its name, or somebody else. */
export type Actor = string;
export const outsiders: readonly Actor[] = ['user', 'console', 'cluster'];

/** What those who watch need of the world. */
export interface Scene {
  readonly now: number;
  readonly upstream: Upstream;
  /** Writes to the API server are slow, and that is all that is wrong. */
  readonly onlySlow: boolean;
  /** Lists show a client as it is; else names alone, and what is behind a known one is only seen when it is read. */
  readonly listsWhole: boolean;
  /** By how much the watches of MachineClients are behind at the moment, beyond what is usual. */
  readonly watchLagMs: number;
  /** Wall clock of a process; of all that live the latest where none is named. */
  wallClock(name?: string): number;
  machineClient(key: string): Stored | undefined;
  /** The object of the same name in the other cluster that has our installation id, where there is one. */
  rivalOf(key: string): Stored | undefined;
  secretsOf(key: string): readonly Published[];
  workloads(): readonly StoredWorkload[];
}

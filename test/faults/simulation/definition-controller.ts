import { apiVersion } from '../../../src/api/group.ts';
import type { Agenda } from './agenda.ts';
import type { Cluster } from './cluster.ts';
import type { Definitions } from './definition-check.ts';
import type { Stored } from './truth.ts';

const EVERY_MS = 500;
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/machineclients.machine-client.dev';

/** The definition of MachineClient is deleted, and later somebody applies it again, with all objects as Git has them. */
export class DefinitionController {
  readonly #agenda: Agenda;
  readonly #cluster: Cluster;
  readonly #check: Definitions;
  #manifests: readonly Stored[] = [];
  #backMs = 0;
  #awake = false;

  constructor(agenda: Agenda, cluster: Cluster, check: Definitions) {
    this.#agenda = agenda;
    this.#cluster = cluster;
    this.#check = check;
  }

  wasDeleted = false;

  /** It is being deleted, or is not back yet. */
  get busy(): boolean {
    return this.#awake;
  }

  delete(backMs: number): void {
    if (this.#awake) return;
    this.#backMs = backMs;
    this.wasDeleted = true;
    // What a person has deleted, Git has not any more.
    this.#manifests = this.#cluster
      .machineClients()
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    this.#cluster.write('DELETE', PATH);
    this.#check.begins();
    this.wake();
  }

  /** The definition may be on its way out. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#agenda.after(EVERY_MS, () => this.#step());
  }

  #step(): void {
    const more = this.#check.marking(() => this.#cluster.server.tickDefinitions());
    const there = this.#cluster.server.get('customresourcedefinitions', undefined, definition);
    if (there === undefined) {
      this.#agenda.after(this.#backMs, () => this.#bringBack());
      return;
    }
    this.#awake = false;
    if (more || there.metadata.deletionTimestamp !== undefined) this.wake();
  }

  #bringBack(): void {
    this.#awake = false;
    // etcd was put back meanwhile, to when it was being deleted.
    const there = this.#cluster.server.get('customresourcedefinitions', undefined, definition);
    if (there?.metadata.deletionTimestamp !== undefined) {
      this.wake();
      return;
    }
    this.#cluster.server.define('machineclients');
    for (const { metadata, spec } of this.#manifests)
      this.#cluster.create(
        'machineclients',
        { apiVersion, kind: 'MachineClient', metadata: { name: metadata.name }, spec },
        metadata.namespace,
      );
  }
}

const definition = PATH.slice(PATH.lastIndexOf('/') + 1);

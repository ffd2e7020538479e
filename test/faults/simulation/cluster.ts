import { labels } from '../../../src/api/group.ts';
import type { RawObject } from '../../../src/kube/list-pager.ts';
import type { ApiAnswer, ApiWatch, Change, Snapshot } from './api-server/api.ts';
import type { CustomResourceDefinition } from './api-server/api.ts';
import { MemoryApiServer } from './api-server/server.ts';
import type { WireRequest } from './exchange.ts';
import type { Actor } from './scene.ts';
import { NAMESPACE, OPERATOR_NAMESPACE } from './schedule.ts';
import {
  keyOf,
  publishedOf,
  type Published,
  type Stored,
  type StoredWorkload,
  workloadResources,
} from './truth.ts';

const groups: Readonly<Record<string, string>> = {
  machineclients: '/apis/machine-client.dev/v1beta1',
  identityproviders: '/apis/machine-client.dev/v1beta1',
  secrets: '/api/v1',
  namespaces: '/api/v1',
  leases: '/apis/coordination.k8s.io/v1',
  deployments: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  daemonsets: '/apis/apps/v1',
};

export const pathOf = (resource: string, name?: string, namespace = NAMESPACE): string =>
  [groups[resource], ...(resource === 'namespaces' ? [] : ['namespaces', namespace]), resource, name]
    .filter((part) => part !== undefined)
    .join('/');

const isAnswer = (answer: ApiAnswer | ApiWatch): answer is ApiAnswer => 'body' in answer;

/** The API server, and who is writing to it at the moment. */
export class Cluster {
  readonly server: MemoryApiServer;
  /** Every committed write, in the order of the commits. */
  onChange: (change: Change, actor: Actor) => void = () => {};
  #actor: Actor = 'cluster';

  constructor(options: {
    readonly now: () => number;
    readonly random: () => number;
    readonly crds: readonly CustomResourceDefinition[];
  }) {
    this.server = new MemoryApiServer(options);
    this.server.onChange = (change) => this.onChange(change, this.#actor);
  }

  handle(request: WireRequest, actor: Actor): ApiAnswer | ApiWatch {
    this.#actor = actor;
    try {
      return this.server.handle(request);
    } finally {
      this.#actor = 'cluster';
    }
  }

  /** As a user with every right. Undefined: refused. */
  write(method: string, path: string, body?: object, actor: Actor = 'user'): RawObject | undefined {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = this.handle(
      { method, path, headers: { 'content-type': type }, body: body && JSON.stringify(body) },
      actor,
    );
    return isAnswer(answer) && answer.status < 300 ? (JSON.parse(answer.body) as RawObject) : undefined;
  }

  /** The end of a DELETE that began before anything held the MachineClient. */
  removeUnheld(namespace: string, name: string, uid: string): void {
    this.#actor = 'user';
    this.server.removeUnheld('machineclients', namespace, name, uid);
    this.#actor = 'cluster';
  }

  patch(resource: string, name: string, body: object, namespace = NAMESPACE): RawObject | undefined {
    return this.write('PATCH', pathOf(resource, name, namespace), body);
  }

  /** An object as it was found. */
  patchObject(resource: string, { metadata }: RawObject, body: object): RawObject | undefined {
    return this.patch(resource, metadata.name, body, metadata.namespace);
  }

  create(resource: string, body: object, namespace = NAMESPACE): RawObject | undefined {
    return this.write('POST', pathOf(resource, undefined, namespace), body);
  }

  machineClient(key: string): Stored | undefined {
    const [namespace = '', name = ''] = key.split('/');
    return this.server.get('machineclients', namespace, name) as Stored | undefined;
  }

  machineClients(): readonly Stored[] {
    return this.server.objects('machineclients') as readonly Stored[];
  }

  workloads(): readonly StoredWorkload[] {
    return workloadResources.flatMap(
      (resource) => this.server.objects(resource) as readonly StoredWorkload[],
    );
  }

  /** Secrets of a MachineClient, under whatever name. */
  secretsOf(key: string): readonly Published[] {
    return this.published().filter(({ owner }) => owner === key);
  }

  published(): readonly Published[] {
    return this.server
      .objects('secrets')
      .filter(
        ({ metadata }) => metadata.labels?.[labels.managed] === 'true' || metadata.annotations !== undefined,
      )
      .flatMap((secret) => publishedOf(secret) ?? []);
  }

  /** Everything that anybody may read, but for the data of Secrets. */
  texts(): readonly (readonly [where: string, text: string])[] {
    const resources = [
      'machineclients',
      'identityproviders',
      'events',
      'leases',
      'secrets',
      ...workloadResources,
    ];
    return resources.flatMap((resource) =>
      this.server.objects(resource).map((object) => {
        const { data: _, ...shown } = object;
        return [`${resource} ${keyOf(object)}`, JSON.stringify(shown)] as const;
      }),
    );
  }

  snapshot(): Snapshot {
    return this.server.snapshot();
  }
}

/** Beside those in which people have anything. */
export const systemNamespaces = ['kube-system', OPERATOR_NAMESPACE] as const;

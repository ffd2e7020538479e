import { annotations, labels } from '../../src/api/group.ts';
import {
  identityProviders,
  machineClients,
  type MachineClient,
  parseMachineClient,
  parseProvider,
  type Provider,
} from '../../src/api/objects.ts';
import type { RawObject } from '../../src/kube/list-pager.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { type Resource, secrets } from '../../src/kube/resource.ts';
import { Store, type Stored } from '../../src/kube/store.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/** A Secret that the operator has published, without what is in it. */
export interface Published extends Stored {
  /** The name of its MachineClient. */
  readonly owner: string;
  readonly version: number;
  /** The last four characters of the secret. */
  readonly credentialId: string;
  /** Milliseconds since the epoch. */
  readonly publishedAt: number;
}

const published = ({ metadata }: RawObject): Published => {
  const notes = metadata.annotations ?? {};
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    // <installation>/<namespace>/<name>/<uid>
    owner: notes[annotations.owner]?.split('/')[2] ?? metadata.name,
    version: Number(notes[annotations.secretVersion] ?? 0),
    credentialId: notes[annotations.credentialId] ?? '',
    publishedAt: Date.parse(notes[annotations.publishedAt] ?? '') || Date.now(),
  };
};

/** What the demo watches, kept up to date until it is disposed. */
export class View implements AsyncDisposable {
  readonly clients: Store<MachineClient>;
  readonly providers: Store<Provider>;
  readonly secrets: Store<Published>;
  readonly #life = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** @param namespaces undefined: all */
  constructor(transport: Transport, namespaces: readonly string[] | undefined) {
    const watch = <T extends Stored>(
      resource: Resource,
      project: (raw: RawObject) => T,
      labelSelector?: string,
    ): Store<T> => {
      const store = new Store<T>({ clock: systemClock, namespaces });
      for (const namespace of namespaces ?? [undefined]) {
        const reflector = new Reflector({
          transport,
          store,
          project,
          resource,
          namespace,
          labelSelector,
          clock: systemClock,
          random: Math.random,
        });
        this.#running.push(reflector.run(this.#life.signal));
      }
      return store;
    };
    this.clients = watch(machineClients, parseMachineClient);
    this.providers = watch(identityProviders, parseProvider('IdentityProvider'));
    this.secrets = watch(secrets, published, `${labels.managed}=true`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the demo ends'));
    await Promise.all(this.#running);
  }
}

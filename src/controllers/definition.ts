import { machineClients, type MachineClient } from '../api/objects.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { customResourceDefinitions, resourceName, type KubeObject } from '../kube/resource.ts';
import type { DefinitionState } from '../machine-client/facts.ts';
import type { SecretView } from '../machine-client/secret-view.ts';
import { SharedTurn } from '../runtime/shared-turn.ts';

/** The one definition that is read: RBAC grants `get` of it by this name. */
const name = resourceName(machineClients);
/** Times of the API server are in whole seconds. */
const SECOND_MS = 1_000;

/**
 * The definition of MachineClient, read live: who deletes it deletes all objects with it, and nobody asked for the end of
 * what they stand for. The API server marks it before it marks the objects, so a read that begins when the mark of an
 * object was seen shows its own. Hundreds of objects go at once then, and share what is read.
 *
 * All of it throws a KubeError where the definition cannot be read, also for a missing permission: then nobody knows.
 */
export class Definition {
  readonly #since: SharedTurn<number | undefined>;

  constructor(kube: KubeClient, signal: AbortSignal) {
    this.#since = new SharedTurn(() => standingSince(kube, signal));
  }

  /** What was marked before the present definition was made went with a former one, though our copy is still here. */
  async of({ deletionTime }: Pick<MachineClient, 'deletionTime'>): Promise<DefinitionState> {
    const since = await this.#since.take();
    return since === undefined || deletionTime < since ? 'goes' : 'stands';
  }

  /** Whether one of these Secrets may be of an object that was let go with its definition, and is to come back. */
  async mayReturn(secrets: readonly Aged[]): Promise<boolean> {
    const since = await this.#since.take();
    return since === undefined || secrets.some((secret) => isOlder(secret, since));
  }
}

type Aged = Pick<SecretView, 'ownerCreated' | 'publishedAt'>;

/**
 * Both times of the API server are of one clock. Ours may be minutes behind it, so when we published says something only
 * of a Secret that does not say when its object was made, and where both were made in the same second.
 */
const isOlder = ({ ownerCreated, publishedAt }: Aged, since: number): boolean =>
  ownerCreated === undefined || ownerCreated === since
    ? publishedAt < since + SECOND_MS
    : ownerCreated < since;

/** Milliseconds since the epoch; undefined: there is none, or it is being deleted. */
const standingSince = async (kube: KubeClient, signal: AbortSignal): Promise<number | undefined> => {
  try {
    const options = { signal, metadataOnly: true };
    const { metadata } = await kube.get<KubeObject>(customResourceDefinitions, { name }, options);
    return metadata.deletionTimestamp === undefined
      ? Date.parse(metadata.creationTimestamp ?? '') || 0
      : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

import { annotations } from '../api/group.ts';
import type { Clock } from '../runtime/clock.ts';
import { linkAbort } from '../runtime/linked-abort.ts';
import type { KubeClient } from './client.ts';
import { isNotFound, KubeError } from './errors.ts';
import type { KubeLog } from './log.ts';
import { type KubeObject, type ObjectMeta, pods } from './resource.ts';

/** A pod, by what no other pod ever has: a name alone is given again, as a StatefulSet does. */
export interface Pod {
  readonly name: string;
  readonly uid: string;
}

/** Longer than what any holder of ours writes: an identity, a name and a uid. */
const LONGEST_CLAIM = 1_024;
const LONGEST_NAME = 253;
/** A DNS subdomain (RFC 1123), as the API server wants the names of pods. */
const podName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const podUid = /^[-A-Za-z0-9]{1,64}$/;

const podFrom = (name: unknown, uid: unknown): Pod | undefined =>
  typeof name === 'string' &&
  name.length <= LONGEST_NAME &&
  podName.test(name) &&
  typeof uid === 'string' &&
  podUid.test(uid)
    ? { name, uid }
    : undefined;

/**
 * The pod of this process, as the downward API tells it. The host's name is no proof: with the network of the node it
 * is the node's.
 */
export const podOfEnvironment = (environment: NodeJS.ProcessEnv): Pod | undefined =>
  podFrom(environment['POD_NAME'], environment['POD_UID']);

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/**
 * The pod in which the holder says that it runs. It names itself along with it, for whoever takes the lease without
 * knowing of this annotation (an older version, another tool) leaves on it what the last holder has said.
 */
export const holderPodOf = (
  on: ObjectMeta['annotations'],
  holder: string | null | undefined,
): Pod | undefined => {
  const claim: unknown = on?.[annotations.holderPod];
  if (!holder || typeof claim !== 'string' || claim.length > LONGEST_CLAIM) return undefined;
  const said = parsed(claim);
  return said['holder'] === holder ? podFrom(said['name'], said['uid']) : undefined;
};

/** The annotations of the Lease with the pod of this holder, or without any: what another holder has said is removed. */
export const withHolderPod = (
  before: ObjectMeta['annotations'],
  holder: string,
  pod: Pod | undefined,
): Readonly<Record<string, string>> => {
  const { [annotations.holderPod]: _, ...others } = before ?? {};
  return pod ? { ...others, [annotations.holderPod]: JSON.stringify({ holder, ...pod }) } : others;
};

interface PodSearchOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: KubeLog | undefined;
}

/** Asks for a pod in the namespace of the lease, and live: a read without a resourceVersion is never an old one. */
export class PodSearch {
  readonly #options: PodSearchOptions;
  #told = false;

  constructor(options: PodSearchOptions) {
    this.#options = options;
  }

  /** `unknown`: no answer in time, or one that is no proof, such as a refusal. One request. */
  async find(pod: Pod, withinMs: number, signal: AbortSignal): Promise<'there' | 'gone' | 'unknown'> {
    const { client, namespace, clock } = this.#options;
    using within = linkAbort(clock, signal, withinMs);
    const options = { metadataOnly: true, signal: within.signal };
    try {
      const found = await client.get<Partial<KubeObject>>(pods, { namespace, name: pod.name }, options);
      const uid: unknown = found.metadata?.uid;
      if (typeof uid !== 'string' || uid === '') return 'unknown';
      return uid === pod.uid ? 'there' : 'gone';
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (isNotFound(error)) return 'gone';
      if (!signal.aborted) this.#tell(error);
      return 'unknown';
    }
  }

  /** Once: an older Role does not grant it, and stays as it is for as long as it is not replaced. */
  #tell(error: KubeError): void {
    if (this.#told) return;
    this.#told = true;
    const message =
      'cannot read the pod of the holder of the lease, which is taken over only when it has expired';
    this.#options.log?.warn({ error }, message);
  }
}

import { findCondition } from '../../src/api/conditions.ts';
import { machineClients, type MachineClient, secretName } from '../../src/api/objects.ts';
import { until } from '../helpers/until.ts';
import { type Manifest, resourceOf } from './manifests.ts';
import type { Stage } from './stage.ts';
import { takeToken } from './token.ts';
import type { Timeline } from './timeline.ts';
import type { View } from './view.ts';

const READY_WITHIN_MS = 60_000;
const FIELD_MANAGER = 'machine-client-demo';

/** What every scene needs. */
export interface Scene {
  readonly stage: Stage;
  readonly view: View;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

const apply = async ({ stage, signal }: Scene, manifest: Manifest): Promise<void> => {
  const { name, namespace } = manifest.metadata;
  const options = { fieldManager: FIELD_MANAGER, force: true, signal };
  await stage.kube.apply(resourceOf(manifest), { name, namespace }, manifest, options);
};

/** Applies the example, waits until all of its MachineClients are Ready, and takes a token with each. */
export const playExample = async (scene: Scene): Promise<void> => {
  const { stage, timeline } = scene;
  const { changes, manifests } = stage.example;
  timeline.add('example', 'examples/stytch.yaml, turned to the simulator in memory:');
  for (const change of changes) timeline.add('', change, { style: 'dim' });
  for (const manifest of manifests) {
    const { kind, metadata } = manifest;
    timeline.add(
      'apply',
      `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`,
    );
    await apply(scene, manifest);
  }
  for (const { kind, metadata } of manifests)
    if (kind === 'MachineClient') await untilUsable(scene, metadata.namespace ?? '', metadata.name);
};

/** Ready, and the token endpoint takes what is in the Secret. */
export const untilUsable = async (scene: Scene, namespace: string, name: string): Promise<void> => {
  const { stage, timeline, signal } = scene;
  const object = await untilReady(scene, namespace, name);
  const line = await takeToken(stage.kube, { namespace, name: secretName(object) }, signal);
  timeline.step(name, 'token', line, { style: 'green' });
};

const untilReady = async (
  { view, signal }: Scene,
  namespace: string,
  name: string,
): Promise<MachineClient> => {
  const key = `${namespace}/${name}`;
  return await until(
    `MachineClient ${key} to be Ready`,
    () => {
      const object = view.clients.get(key);
      const ready = findCondition(object?.status.conditions, 'Ready');
      return ready?.status === 'True' && ready.observedGeneration === object?.generation && object;
    },
    {
      timeoutMs: READY_WITHIN_MS,
      signal,
      explain: () => {
        const ready = findCondition(view.clients.get(key)?.status.conditions, 'Ready');
        return ready ? `it says: ${ready.reason}: ${ready.message}` : 'it has no Ready condition';
      },
    },
  );
};

export const createClient = async (
  { stage, signal }: Scene,
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<void> => {
  const { group, version, kind } = machineClients;
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace }, spec };
  await stage.kube.create(machineClients, namespace, body, { signal });
};

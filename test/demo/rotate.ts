import { annotations } from '../../src/api/group.ts';
import { findCondition } from '../../src/api/conditions.ts';
import { machineClients } from '../../src/api/objects.ts';
import { until } from '../helpers/until.ts';
import { createClient, type Scene, untilUsable } from './play.ts';
import { Prober } from './prober.ts';

/** In the time of the operator's waits: four seconds at time-scale 10. */
const OVERLAP = '40s';
/** The slow workload reads the Secret again well within the overlap. */
const REREAD_MS = 2_500;
const DONE_WITHIN_MS = 60_000;

/**
 * A rotation under the eyes of two workloads that take tokens all the time, one of them with what it has read long ago.
 *
 * @throws Error when a token was refused.
 */
export const rotateUnderLoad = async (scene: Scene, name: string): Promise<void> => {
  const { stage, view, timeline, signal } = scene;
  const model = stage.example.manifests.find(({ kind }) => kind === 'MachineClient');
  if (!model) throw new Error('examples/stytch.yaml has no MachineClient');
  const { providerRef, scopes } = model.spec ?? {};
  const namespace = model.metadata.namespace ?? '';
  const ref = { namespace, name };

  timeline.add(name, 'a rotation, while two workloads take tokens all the time', { style: 'bold' });
  await createClient(scene, namespace, name, { providerRef, scopes, rotation: { overlap: OVERLAP } });
  await untilUsable(scene, namespace, name);
  await using prober = new Prober(stage.kube, ref, REREAD_MS, signal);
  const body = { metadata: { annotations: { [annotations.rotateRequested]: String(Date.now()) } } };
  await stage.kube.mergePatch(machineClients, ref, body, { signal });
  const object = () => view.clients.get(`${namespace}/${name}`);
  const inProgress = () =>
    findCondition(object()?.status.conditions, 'RotationInProgress')?.status === 'True';
  await until(
    `${name} to have a new secret published`,
    () => object()?.status.secretVersion === 2 && inProgress(),
    {
      timeoutMs: DONE_WITHIN_MS,
      signal,
    },
  );
  timeline.step(name, 'overlap', `both secrets work; so far ${prober.counted}`);
  await until(`the old secret of ${name} to be retired`, () => !inProgress(), {
    timeoutMs: DONE_WITHIN_MS,
    signal,
  });
  const before = prober.tokens;
  await until('more tokens after the end', () => prober.tokens > before + 4, {
    timeoutMs: DONE_WITHIN_MS,
    signal,
  });
  timeline.step(name, 'rotated', prober.counted, { style: prober.refused === 0 ? 'green' : 'red' });
  if (prober.refused > 0) throw new Error(`${name}: ${prober.refused} tokens were refused during a rotation`);
};

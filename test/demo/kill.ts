import { metadataKey } from '../../src/providers/stytch/wire.ts';
import { maskSuffix } from '../../src/runtime/secret.ts';
import { ControlClient } from '../simulators/control-client.ts';
import type { StytchControl } from '../simulators/stytch/control-types.ts';
import type { StytchClientState } from '../simulators/stytch/state.ts';
import { until } from '../helpers/until.ts';
import { createClient, type Scene, untilUsable } from './play.ts';

/** In the time of the operator's waits: three seconds at time-scale 10. */
const OVERLAP = '30s';
const RETIRED_WITHIN_MS = 60_000;

/**
 * The worst moment: Stytch has created the client and shown its secret in an answer that nobody ever reads, because
 * the operator is killed while the answer is on its way. Then it is started again, and must heal what is left:
 *
 *   the same client, a new secret in the Secret, and the lost one dropped at Stytch
 *
 * @throws Error that says what is not healed.
 */
export const killAndHeal = async (scene: Scene, name: string): Promise<void> => {
  const { stage, timeline, signal } = scene;
  const { simulator, operator, example } = stage;
  const model = example.manifests.find(({ kind }) => kind === 'MachineClient');
  if (!model) throw new Error('examples/stytch.yaml has no MachineClient');
  const { providerRef, scopes } = model.spec ?? {};
  const namespace = model.metadata.namespace ?? '';

  timeline.add(name, 'a new client, and a SIGKILL in the middle of its creation', { style: 'bold' });
  const control = new ControlClient<StytchControl>(simulator.controlUrl);
  await control.addFaults([{ operations: ['create'], fault: 'hold-after', times: 1 }]);
  await createClient(scene, namespace, name, { providerRef, scopes, rotation: { overlap: OVERLAP } });
  await until(
    'the creation at Stytch',
    () => simulator.held().some(({ operation }) => operation === 'create'),
    {
      everyMs: 5,
      signal,
    },
  );
  await operator.kill();
  // Nobody would end the one that is started now.
  signal.throwIfAborted();
  const [lost] = clientsOf(scene, namespace, name);
  if (!lost) throw new Error(`${name}: Stytch has no client, though it said that it made one`);
  timeline.add(
    'operator',
    `SIGKILL: the secret ${mask(lost)} was in the answer that it waited for, and is lost`,
    {
      style: 'red',
    },
  );

  timeline.add('operator', `started again, pid ${operator.start()}`);
  await untilUsable(scene, namespace, name);
  await until(
    `Stytch to have one secret for ${name}, and not the lost one`,
    () =>
      clientsOf(scene, namespace, name).every(
        ({ secret, nextSecret }) => nextSecret === null && secret !== lost.secret,
      ),
    { timeoutMs: RETIRED_WITHIN_MS, signal },
  );
  const left = clientsOf(scene, namespace, name);
  if (left.length !== 1 || left[0]?.clientId !== lost.clientId)
    throw new Error(`${name}: Stytch has ${left.length} clients for it instead of the first one`);
  const text = `still exactly one client at Stytch; the lost secret ${mask(lost)} works no more`;
  timeline.step(name, 'healed', text, { style: 'green' });
};

const mask = ({ secret }: StytchClientState): string => maskSuffix(secret.slice(-4));

/** All clients at Stytch that bear the mark of this object. */
const clientsOf = ({ stage }: Scene, namespace: string, name: string): readonly StytchClientState[] =>
  stage.simulator.clients().filter(({ trustedMetadata }) => {
    const { owner } = (trustedMetadata[metadataKey] ?? {}) as { owner?: string };
    return owner?.endsWith(`/${namespace}/${name}`) === true;
  });

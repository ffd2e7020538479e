import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadEndpoint } from '../../src/kube/kubeconfig.ts';
import { Transport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';
import { startStytchSimulator, type StytchSimulator } from '../simulators/stytch/simulator.ts';
import type { Definition } from '../helpers/install-crds.ts';
import { applyDefinitions, removeDefinitions } from './definitions.ts';
import { refuseSecondOperator, removeNamespaces } from './guest.ts';
import { type Example, readExample } from './manifests.ts';
import { Operator } from './operator.ts';
import type { Timeline } from './timeline.ts';

/** Everything that the demo plays on. */
export interface Stage {
  readonly kubeconfigPath: string;
  readonly transport: Transport;
  readonly kube: KubeClient;
  readonly simulator: StytchSimulator;
  /** Not started yet. */
  readonly operator: Operator;
  /** Read and turned to the simulator, not applied yet. */
  readonly example: Example;
  /** Where the demo and its operator look; undefined: everywhere. */
  readonly namespaces: readonly string[] | undefined;
}

interface StageOptions {
  /** Disposing it ends every process and removes everything that was made, however far the setting came. */
  readonly stack: AsyncDisposableStack;
  /** A cluster that runs already; undefined: one of our own. */
  readonly kubeconfig: string | undefined;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
  readonly onDeath: (error: Error) => void;
}

export const setStage = async (options: StageOptions): Promise<Stage> => {
  const { stack, timeline, signal, onDeath } = options;

  const simulator = stack.use(await startStytchSimulator());
  timeline.add('simulator', `Stytch at ${simulator.url}`);
  timeline.add(
    'simulator',
    `its faults and its console: ${simulator.controlUrl}, see test/simulators/README.md`,
  );

  const isGuest = options.kubeconfig !== undefined;
  const suffix = isGuest ? `demo-${randomBytes(3).toString('hex')}` : undefined;
  const example = await readExample(simulator, suffix);

  const kubeconfigPath = isGuest ? resolve(options.kubeconfig) : await ownCluster(stack, timeline, signal);
  const endpoint = await loadEndpoint({ kubeconfigPath, env: process.env, clock: systemClock });
  const userAgent = 'machine-client-demo';
  const transport = new Transport({ endpoint, clock: systemClock, random: Math.random, userAgent });
  stack.defer(() => transport.destroy());
  const kube = createKubeClient(transport);

  if (isGuest) {
    timeline.add('cluster', `${endpoint.server.origin}, of ${kubeconfigPath}`);
    await refuseSecondOperator(kube, signal);
  }
  const operatorNamespace = ['machine-client-system', ...(suffix ? [suffix] : [])].join('-');

  const added: Definition[] = [];
  if (isGuest)
    stack.defer(async () => {
      const left = await removeDefinitions(kube, added);
      if (left.length > 0)
        timeline.add('clean-up', `left, as there are objects of other people: ${left.join(', ')}`);
    });
  const all = await applyDefinitions(kube, added, signal);
  const before = all.length - added.length;
  timeline.add(
    'cluster',
    `${all.length} CRDs installed${before > 0 ? `, ${before} of them in place of what was there` : ''}`,
  );

  const own = [...example.namespaces, operatorNamespace];
  if (isGuest)
    stack.defer(async () => {
      timeline.add('clean-up', `removing the namespaces ${own.join(' and ')}`);
      await removeNamespaces(kube, own);
    });

  const operator = stack.use(
    new Operator({
      kubeconfigPath,
      logFile: join(await logFolder(stack, isGuest ? undefined : kubeconfigPath), 'operator.log'),
      flags: [
        `--namespace=${operatorNamespace}`,
        // In a cluster of others it has eyes for nothing but the demo.
        ...(suffix
          ? [`--watch-namespaces=${example.namespaces.join(',')}`, `--installation-id=${suffix}`]
          : []),
      ],
      onDeath,
    }),
  );

  return {
    kubeconfigPath,
    transport,
    kube,
    simulator,
    operator,
    example,
    namespaces: isGuest ? example.namespaces : undefined,
  };
};

/** `building: 210 packages compiled of at most 1800, 40 s`: only the last of them is of interest. */
const PASSING = /^building: /;

const ownCluster = async (
  stack: AsyncDisposableStack,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<string> => {
  const begun = performance.now();
  timeline.add('control plane', 'starting etcd, kube-apiserver and kube-controller-manager');
  using progress = timeline.progress('control plane');
  const onProgress = (message: string): void => {
    if (PASSING.test(message)) progress.show(message);
    else timeline.add('control plane', message);
  };
  const controlPlane = stack.use(await startControlPlane({ onProgress, signal }));
  timeline.add(
    'control plane',
    `ready after ${((performance.now() - begun) / 1000).toFixed(1)} s at ${controlPlane.url}`,
  );
  return controlPlane.kubeconfigPath;
};

/** The control plane's folder goes with us however we end, so our own is for a cluster of others only. */
const logFolder = async (
  stack: AsyncDisposableStack,
  kubeconfigPath: string | undefined,
): Promise<string> => {
  if (kubeconfigPath !== undefined) return dirname(kubeconfigPath);
  const folder = await mkdtemp(join(tmpdir(), 'mco-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

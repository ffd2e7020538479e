import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import { namespaces, secrets } from '../../src/kube/resource.ts';
import type { Limits } from '../../src/runtime/request-limits.ts';
import { startChild } from '../control-plane/child.ts';
import { until } from '../helpers/until.ts';
import { ControlClient } from '../simulators/control-client.ts';
import type { RequestRecord } from '../simulators/request-log.ts';
import type { StytchControl } from '../simulators/stytch/control-types.ts';
import { Observer } from './observer.ts';
import type { Stage } from './stage.ts';
import { inParallel } from './statistics.ts';

const simulatorMain = join(import.meta.dirname, '../simulators/main.ts');

interface Announced {
  readonly url: string;
  readonly controlUrl: string;
  readonly credentials: { readonly projectId: string; readonly secret: string };
}

/** How many creates are under way at once: what a pipeline or `kubectl apply` of a large file comes to. */
const CREATE_CONCURRENCY = 32;

export const machineClient = (namespace: string, name: string, more: object = {}): object => ({
  apiVersion,
  kind: 'MachineClient',
  metadata: { name, namespace },
  spec: {
    providerRef: { name: 'stytch' },
    displayName: name,
    scopes: ['read:invoices', 'write:invoices'],
    ...more,
  },
});

/** A namespace with a provider whose limits do not count, and a simulator in a process of its own. */
export class Site implements AsyncDisposable {
  readonly stage: Stage;
  readonly namespace: string;
  readonly observer: Observer;
  readonly #control: ControlClient<StytchControl>;
  readonly #resources: AsyncDisposableStack;

  constructor(
    stage: Stage,
    namespace: string,
    parts: {
      readonly observer: Observer;
      readonly control: ControlClient<StytchControl>;
      readonly resources: AsyncDisposableStack;
    },
  ) {
    this.stage = stage;
    this.namespace = namespace;
    this.observer = parts.observer;
    this.#control = parts.control;
    this.#resources = parts.resources;
  }

  static async make(stage: Stage, latencyMs: number): Promise<Site> {
    await using resources = new AsyncDisposableStack();
    const { kube } = stage;
    const namespace = 'bench';
    const logFile = join(stage.folder, 'simulator.log');
    const child = startChild(
      [process.execPath, simulatorMain, 'stytch', '--latency', String(latencyMs)],
      logFile,
    );
    resources.defer(() => child.kill());
    const line = until('the simulator', async () => /^.+\n/.exec(await readFile(logFile, 'utf8'))?.[0]);
    const { url, controlUrl, credentials } = JSON.parse(await Promise.race([line, child.died])) as Announced;

    await kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    await kube.create(secrets, namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'stytch-management', namespace },
      stringData: { secret: credentials.secret },
    });
    await kube.create(identityProviders, namespace, {
      apiVersion,
      kind: 'IdentityProvider',
      metadata: { name: 'stytch', namespace },
      spec: {
        type: 'Stytch',
        stytch: {
          projectId: credentials.projectId,
          baseUrl: url,
          auth: { type: 'Secret', secretKeyRef: { name: 'stytch-management', key: 'secret' } },
        },
        limits: { requestsPerMinute: 600_000, burst: 10_000, concurrency: 64 },
      },
    });
    const observer = resources.use(await Observer.start(stage.transport, namespace));
    const control = new ControlClient<StytchControl>(controlUrl);
    return new Site(stage, namespace, { observer, control, resources: resources.move() });
  }

  /** Upstream calls since the start, by operation. */
  async calls(): Promise<Readonly<Record<string, number>>> {
    return (await this.#control.counters()).calls;
  }

  /** Those that were carried out. */
  async committed(): Promise<Readonly<Record<string, number>>> {
    return (await this.#control.counters()).committed;
  }

  /** Upstream calls after the one with that number; the last 20,000 at most. */
  requests(after = 0): Promise<readonly RequestRecord[]> {
    return this.#control.requests({ after });
  }

  /** What the operator may ask, and what the provider lets in (0: everything) in any minute. */
  async limit(limits: Limits, rateLimit: number): Promise<void> {
    const ref = { namespace: this.namespace, name: 'stytch' };
    await this.stage.kube.mergePatch(identityProviders, ref, { spec: { limits } });
    await this.#control.setSwitches({ rateLimit });
  }

  /** Gives, by name, when each POST was about to be sent (of `performance.now`). `more`: of the spec. */
  async create(names: readonly string[], more: object = {}): Promise<ReadonlyMap<string, number>> {
    const begun = new Map<string, number>();
    await inParallel(names.length, CREATE_CONCURRENCY, async (index) => {
      const name = names[index] ?? '';
      begun.set(name, performance.now());
      await this.stage.kube.create(machineClients, this.namespace, machineClient(this.namespace, name, more));
    });
    return begun;
  }

  async delete(names: readonly string[]): Promise<void> {
    await inParallel(names.length, CREATE_CONCURRENCY, (index) =>
      this.stage.kube.delete(machineClients, { namespace: this.namespace, name: names[index] ?? '' }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** `b-0000`, `b-0001`, … */
export const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`);

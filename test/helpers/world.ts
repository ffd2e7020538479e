import { randomBytes } from 'node:crypto';
import { findCondition, type Condition } from '../../src/api/conditions.ts';
import { apiVersion } from '../../src/api/group.ts';
import { identityProviders, machineClients } from '../../src/api/objects.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { loadEndpoint } from '../../src/kube/kubeconfig.ts';
import { namespaces, secrets, type KubeObject } from '../../src/kube/resource.ts';
import { Transport } from '../../src/kube/transport.ts';
import type { SecretWire } from '../../src/machine-client/secret-view.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { startStytchSimulator } from '../simulators/stytch/simulator.ts';
import { haveCrds } from './install-crds.ts';
import { noLeak } from './invariants.ts';
import { valueEntry } from './value-entry.ts';
import { StytchUpstream } from './upstreams/stytch.ts';
import type { Joined } from './upstreams/upstream.ts';
import { OperatorProcess, type OperatorOptions } from './operator-process.ts';
import { isGone } from './is-gone.ts';
import { until } from './until.ts';

/** A MachineClient as it is on the wire. */
export interface MachineClientWire extends KubeObject {
  readonly spec: Record<string, unknown>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly clientId?: string;
    readonly secretSuffix?: string;
    readonly secretVersion?: number;
    readonly [field: string]: unknown;
  };
}

/** A namespace, a simulator, and a provider object that joins the two; the operator is started by the test. */
export class World<U extends Joined = StytchUpstream> implements AsyncDisposable {
  readonly kube: KubeClient;
  readonly namespace: string;
  readonly operatorNamespace: string;
  readonly upstream: U;
  readonly kubeconfig: string;
  readonly #transport: Transport;
  readonly operators: OperatorProcess[] = [];

  constructor(kubeconfig: string, transport: Transport, namespace: string, upstream: U) {
    this.kubeconfig = kubeconfig;
    this.#transport = transport;
    this.kube = createKubeClient(transport);
    this.namespace = namespace;
    this.operatorNamespace = `${namespace}-system`;
    this.upstream = upstream;
  }

  get simulator(): U extends { readonly simulator: infer S } ? S : never {
    return (this.upstream as unknown as { readonly simulator: never }).simulator;
  }

  /** Name of the provider object, and of its Secret with `-management`. */
  get providerName(): string {
    return this.upstream.type.toLowerCase();
  }

  static async make(
    kubeconfig: string,
    options: Parameters<typeof startStytchSimulator>[0] = {},
  ): Promise<World> {
    return await World.over(kubeconfig, await StytchUpstream.start(options));
  }

  static async over<U extends Joined>(
    kubeconfig: string,
    upstream: U,
    namespace = `t-${randomBytes(4).toString('hex')}`,
  ): Promise<World<U>> {
    await haveCrds(kubeconfig);
    const endpoint = await loadEndpoint({ kubeconfigPath: kubeconfig, env: {}, clock: systemClock });
    const transport = new Transport({
      endpoint,
      clock: systemClock,
      random: Math.random,
      userAgent: 'tests',
    });
    const world = new World(kubeconfig, transport, namespace, upstream);
    await world.kube.create(namespaces, undefined, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: world.namespace },
    });
    return world;
  }

  /** One operator that watches this world's namespace only, so that test files run beside each other. */
  operator(flags: readonly string[] = [], options: Partial<OperatorOptions> = {}): OperatorProcess {
    const operator = new OperatorProcess({
      kubeconfig: this.kubeconfig,
      namespace: this.operatorNamespace,
      flags: [
        `--watch-namespaces=${this.namespace}`,
        `--installation-id=${this.namespace}`,
        '--time-scale=20',
        ...flags,
      ],
      ...options,
    });
    this.operators.push(operator);
    return operator;
  }

  /** The credential Secret and the provider. */
  async provider(
    spec: Record<string, unknown> = {},
    credential = this.upstream.managementSecret(),
  ): Promise<void> {
    await this.secret(`${this.providerName}-management`, { secret: credential });
    await this.kube.create(identityProviders, this.namespace, {
      apiVersion,
      kind: 'IdentityProvider',
      metadata: { name: this.providerName, namespace: this.namespace },
      spec: {
        ...this.upstream.spec(),
        limits: { requestsPerMinute: 60_000, burst: 1_000, concurrency: 16 },
        ...spec,
      },
    });
  }

  async secret(name: string, stringData: Record<string, string>, extra: object = {}): Promise<SecretWire> {
    return await this.kube.create<SecretWire>(secrets, this.namespace, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: this.namespace },
      stringData,
      ...extra,
    });
  }

  async client(
    name: string,
    spec: Record<string, unknown> = {},
    metadata: Record<string, unknown> = {},
  ): Promise<MachineClientWire> {
    const { clientSpec, without = [] } = this.upstream;
    const fields = Object.entries({ ...clientSpec, ...spec }).filter(([field]) => !without.includes(field));
    return await this.kube.create<MachineClientWire>(machineClients, this.namespace, {
      apiVersion,
      kind: 'MachineClient',
      metadata: { name, namespace: this.namespace, ...metadata },
      spec: { providerRef: { name: this.providerName }, ...Object.fromEntries(fields) },
    });
  }

  ref(name: string) {
    return { namespace: this.namespace, name };
  }

  get(name: string): Promise<MachineClientWire> {
    return this.kube.get<MachineClientWire>(machineClients, this.ref(name));
  }

  getSecret(name: string): Promise<SecretWire> {
    return this.kube.get<SecretWire>(secrets, this.ref(name));
  }

  patch(name: string, body: object): Promise<MachineClientWire> {
    return this.kube.mergePatch<MachineClientWire>(machineClients, this.ref(name), body);
  }

  patchProvider(body: object): Promise<KubeObject> {
    return this.kube.mergePatch<KubeObject>(identityProviders, this.ref(this.providerName), body);
  }

  async getProvider(): Promise<MachineClientWire> {
    return await this.kube.get<MachineClientWire>(identityProviders, this.ref(this.providerName));
  }

  delete(name: string): Promise<void> {
    return this.kube.delete(machineClients, this.ref(name));
  }

  isGone(name: string): Promise<boolean> {
    return isGone(this.get(name));
  }

  /** Waits for a condition of the present generation. */
  async condition(
    name: string,
    type: string,
    status: string,
    reason?: string,
    timeoutMs = 20_000,
  ): Promise<MachineClientWire> {
    return await until(
      `${name}: ${type}=${status}${reason ? ` ${reason}` : ''}`,
      async () => {
        const object = await this.get(name);
        const condition = findCondition(object.status?.conditions, type);
        const fresh = condition?.observedGeneration === object.metadata.generation;
        return (
          fresh &&
          condition?.status === status &&
          (reason === undefined || condition.reason === reason) &&
          object
        );
      },
      {
        timeoutMs,
        explain: async () =>
          `${JSON.stringify((await this.get(name)).status, undefined, 1)}\n${this.#tail()}`,
      },
    );
  }

  async providerCondition(type: string, status: string, reason?: string): Promise<MachineClientWire> {
    return await until(
      `provider: ${type}=${status}${reason ? ` ${reason}` : ''}`,
      async () => {
        const object = await this.getProvider();
        const condition = findCondition(object.status?.conditions, type);
        return (
          condition?.status === status && (reason === undefined || condition.reason === reason) && object
        );
      },
      {
        explain: async () =>
          `${JSON.stringify((await this.getProvider()).status, undefined, 1)}\n${this.#tail()}`,
      },
    );
  }

  ready(name: string, timeoutMs?: number): Promise<MachineClientWire> {
    return this.condition(name, 'Ready', 'True', undefined, timeoutMs);
  }

  /** What is in the Secret, decoded. */
  async credential(
    name: string,
  ): Promise<{ clientId: string; clientSecret: string; tokenUrl: string; privateKey: string }> {
    const { data = {}, metadata } = await this.getSecret(name);
    const decode = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
    return {
      // Not each provider has its clients log in with their id.
      clientId: decode('client-id') || (metadata.annotations?.['machine-client.dev/client-id'] ?? ''),
      clientSecret: decode(valueEntry(data)),
      tokenUrl: decode('token-url'),
      privateKey: decode('private-key'),
    };
  }

  /** Whether the token endpoint gives a token for what is in the Secret. */
  async works(name: string): Promise<boolean> {
    const { clientId, clientSecret, tokenUrl, privateKey } = await this.credential(name);
    if (this.upstream.type !== 'Stytch')
      return (
        (await this.upstream.ask(clientId, clientSecret, undefined, privateKey || undefined)) === 'accepted'
      );
    const answer = await fetch(tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    await answer.text();
    return answer.ok;
  }

  #tail(): string {
    return this.operators.flatMap((operator) => operator.output.slice(-30)).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.operators.map((operator) => operator.kill()));
    // I6, of every test that there is: whatever it did to the operator, no secret came out.
    const leaks = await noLeak(this);
    await this.upstream[Symbol.asyncDispose]();
    await this.#release();
    await this.#transport.destroy();
    if (leaks.length > 0) throw new Error(leaks.join('\n'));
  }

  /** Nobody is left to take finalizers off. */
  async #release(): Promise<void> {
    for (const resource of [machineClients, identityProviders]) {
      for (const object of await this.kube.list<KubeObject>(resource, { namespace: this.namespace }))
        await this.kube
          .mergePatch(
            resource,
            { namespace: this.namespace, name: object.metadata.name },
            { metadata: { finalizers: null } },
          )
          .catch(() => {});
    }
    for (const object of await this.kube.list<KubeObject>(secrets, { namespace: this.namespace }))
      if (object.metadata.finalizers)
        await this.kube
          .mergePatch(
            secrets,
            { namespace: this.namespace, name: object.metadata.name },
            { metadata: { finalizers: null } },
          )
          .catch(() => {});
    for (const name of [this.namespace, this.operatorNamespace])
      await this.kube.delete(namespaces, { name }).catch(() => {});
  }
}

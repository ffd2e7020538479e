import pino from 'pino';
import { finalizers } from '../../api/group.ts';
import { providerKeyOf, type MachineClient, type Provider } from '../../api/objects.ts';
import { objectKey } from '../../kube/resource.ts';
import { Store } from '../../kube/store.ts';
import { machineClientOf, machineClientStore, providerOf } from '../../machine-client/testing/objects.ts';
import { secretView, upstreamClient } from '../../machine-client/testing/facts.ts';
import type { SecretView } from '../../machine-client/secret-view.ts';
import { connectProvider } from '../../providers/connection.ts';
import { makeMark } from '../../providers/mark.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import { moduleOf } from '../../providers/registry.ts';
import { Allowance } from '../../runtime/allowance.ts';
import { ManualClock } from '../../runtime/manual-clock.ts';
import { Secret } from '../../runtime/secret.ts';
import { makeAccounts, type Accounts } from '../accounts.ts';
import type { SharedPool } from '../registry.ts';
import { keyOfProvider, type NamespaceView } from '../serving.ts';

export const installation = 'inst';

/** The client of an object, with the credentials of these ids. */
export const clientOf = (
  { namespace, name }: Pick<MachineClient, 'namespace' | 'name'>,
  credentials: readonly string[] = ['one'],
): UpstreamClient =>
  upstreamClient({
    id: `client-${namespace}-${name}`,
    mark: makeMark(installation, namespace, name),
    uid: undefined,
    credentials: credentials.map((id) => ({ id, suffix: id, position: 'current' as const })),
  });

/** An object that has published. */
export const published = (name: string, more: Parameters<typeof machineClientOf>[0] = {}): MachineClient =>
  machineClientOf({
    name,
    finalizers: [finalizers.upstream],
    ...more,
    status: { clientId: clientOf({ namespace: more.namespace ?? 'ns', name }).id, secretVersion: 1 },
  });

/** The Secret of an object, which holds the credential `one` of its client. */
export const secretOf = (
  object: Pick<MachineClient, 'namespace' | 'name'>,
  fields: Partial<SecretView> = {},
): SecretView => {
  const { namespace, name } = object;
  return secretView({
    namespace,
    name,
    uid: `secret-${name}`,
    owner: { installation, namespace, name, uid: `uid-${name}` },
    clientId: clientOf(object).id,
    credentialId: 'one',
    ...fields,
  });
};

export const scalekitProvider = (fields: Parameters<typeof providerOf>[0] = {}): Provider =>
  providerOf({
    namespace: '',
    ...fields,
    spec: {
      type: 'Scalekit',
      stytch: undefined,
      scalekit: {
        environmentUrl: 'https://environment.example',
        auth: { type: 'Secret', clientId: 'skc_1', secretKeyRef: { name: 's', key: 'k' } },
      },
      allowedNamespaces: { selector: { matchLabels: { team: 'ours' } } },
      clientPolicy: { organizationIds: ['*'] },
      ...fields.spec,
    },
  });

export const namespaceOf = (name: string, labels: Readonly<Record<string, string>>): NamespaceView => ({
  namespace: '',
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  labels,
  terminating: false,
});

/** The accounts of a process with the stores that they read. Lists are what the test says; nothing is sent. */
export class AccountsWorld {
  readonly clock = new ManualClock();
  readonly machineClients: Store<MachineClient>;
  readonly secrets: Store<SecretView>;
  readonly providers = new Store<Provider>({ clock: this.clock });
  readonly clusterProviders = new Store<Provider>({ clock: this.clock });
  readonly namespaces = new Store<NamespaceView>({ clock: this.clock });
  readonly accounts: Accounts;
  /** Keys of provider objects, in the order in which they were woken; with `*` all of their clients. */
  readonly woken: string[] = [];
  #version = 1;

  constructor(
    options: {
      machineClients?: Store<MachineClient>;
      secrets?: (clock: ManualClock) => Store<SecretView>;
    } = {},
  ) {
    const { clock } = this;
    this.machineClients = options.machineClients ?? machineClientStore(clock);
    this.secrets =
      options.secrets?.(clock) ??
      new Store<SecretView>({ clock, indexers: { byOwner: ({ owner }) => [objectKey(owner)] } });
    const life = new AbortController();
    this.accounts = makeAccounts(
      {
        installation,
        clock,
        random: () => 0.5,
        log: pino({ level: 'silent' }),
        scale: (ms) => ms,
        memory: new Allowance(1e9, 1e9),
        connect: connectProvider,
        onUpstreamCall: () => {},
        providers: this.providers,
        clusterProviders: this.clusterProviders,
        machineClients: this.machineClients,
        secrets: this.secrets,
        namespaces: this.namespaces,
        wakeProvider: (key) => void this.woken.push(key),
        wakeClients: (key) => void this.woken.push(`${key}*`),
        onSwept: () => {},
      },
      life.signal,
    );
  }

  /** The watch shows this object. */
  show<T extends { readonly resourceVersion: string }>(store: { observe(object: T): void }, object: T): T {
    const shown = { ...object, resourceVersion: String(++this.#version) };
    store.observe(shown);
    return shown;
  }

  join(provider: Provider): SharedPool {
    const { spec } = provider;
    const module = spec && moduleOf(spec.type);
    if (!module) throw new Error('not a provider');
    this.show(provider.kind === 'IdentityProvider' ? this.providers : this.clusterProviders, provider);
    const connection = {
      baseUrl: module.describe(spec).baseUrl,
      timeoutMs: 1_000,
      headers: [],
      refuseLocal: true,
    };
    const shared = this.accounts.registry.join(keyOfProvider(provider), provider, module, {
      connection,
      credential: new Secret('a management credential'),
    });
    // Its loop ends before it sends anything: what lists show is what `list` says.
    void shared.stop();
    return shared;
  }

  /** A list is finished, and shows these clients. */
  list(shared: SharedPool, clients: readonly UpstreamClient[], organization?: string): void {
    shared.pool.include(organization);
    const inventory = shared.pool.inventoryOf(organization);
    const list = inventory?.beginSweep(this.clock.now());
    list?.add(clients);
    list?.complete();
    this.accounts.guards.listed(shared, organization);
  }

  sharedOf(object: MachineClient): SharedPool | undefined {
    return this.accounts.registry.shared(providerKeyOf(object));
  }
}

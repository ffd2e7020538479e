import { hostname } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { createKubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/events.ts';
import { leaseIdentity } from '../kube/lease.ts';
import { podOfEnvironment } from '../kube/lease-holder.ts';
import { Transport } from '../kube/transport.ts';
import { PROVIDER_PATIENCE_MS } from '../machine-client/reconcile-context.ts';
import type { Ports } from '../machine-client/ports.ts';
import type { ClusterView } from '../machine-client/observe.ts';
import { Former } from '../machine-client/former.ts';
import { rememberWiped } from '../machine-client/wiped.ts';
import { laneOf } from '../machine-client/lane.ts';
import { Settling } from '../machine-client/settling.ts';
import { makeTiming, scaled } from '../machine-client/timing.ts';
import { makeMetrics } from '../observability/metrics.ts';
import { serveAll } from '../observability/endpoints.ts';
import { listMemory } from '../runtime/allowance.ts';
import type { Clock } from '../runtime/clock.ts';
import { watchClockJumps } from '../runtime/clock-jumps.ts';
import { Recent } from '../runtime/recent.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import { makeAccounts, type Accounts } from '../accounts/accounts.ts';
import { accountViews } from './account-metrics.ts';
import { makeCaches, type Caches } from './caches.ts';
import { CREDENTIAL_GRACE_MS, CredentialFinalizer } from './credential-finalizer.ts';
import { Definition } from './definition.ts';
import { IdentityProviderController } from './identity-provider.ts';
import { ensureNamespace, installationId, integrityKey } from './installation.ts';
import { lead } from './leadership.ts';
import { machineClientWorker } from './machine-client.ts';
import type { Network } from './network.ts';
import { OrphanRecorder } from './orphan-recorder.ts';
import { OwnTokens } from './own-tokens.ts';
import { machineClientPorts, MOST_NAMED, providerEvents } from './ports.ts';
import { workForTerm } from './term.ts';
import { Beginnings } from './beginnings.ts';
import { Bypassed } from './bypassed.ts';
import { Orphans } from './orphans.ts';
import { refusedNamespaces, serves } from './served.ts';
import { synced } from './synced.ts';
import { untilAnswered } from './until-answered.ts';
import { wakeAll, wireTriggers } from './triggers.ts';
import { BudgetLine } from '../runtime/budget-line.ts';
import { Crew } from '../runtime/crew.ts';

export interface Process {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly network: Network;
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
}

/** For the last events. */
const EVENTS_MS = 2_000;
/** Objects of which it is remembered that they had a Secret; only those without a status are asked for. */
const MOST_SHOWN = 10_000;
const CLOCK_LOOK_MS = 60_000;

/** Everything, from the first connection to the drained end. Resolves after `stop` was aborted and work is drained. */
export const runOperator = async (
  { config, clock, random, network, log, environment }: Process,
  stop: AbortSignal,
): Promise<void> => {
  const timing = makeTiming(config['settle-time'], config['time-scale']);
  const scale = (ms: number): number => scaled(timing, ms);
  await using stack = new AsyncDisposableStack();
  // Ends whatever is still running when this function is left, for whatever reason.
  const life = new AbortController();
  stack.defer(() => life.abort(new Error('the operator ends')));

  const endpoint = await network.endpoint({ kubeconfigPath: config.kubeconfig, env: environment, clock });
  let observeRequest: ConstructorParameters<typeof Transport>[0]['onRequest'];
  const transport = new Transport({
    endpoint,
    clock,
    random,
    userAgent: 'machine-client-operator',
    onRequest: (record) => observeRequest?.(record),
    connect: network.toApiServer,
  });
  stack.defer(() => transport.destroy());
  const kube = createKubeClient(transport);

  const namespace = config.namespace;
  // Filled in below: the queues are there before anything is known of accounts.
  const state: {
    caches?: Caches;
    accounts?: Accounts;
    accountOf?: (key: string) => string | undefined;
    leading?: AbortSignal;
    lost?: AbortSignal;
    waitsFor?: string | undefined;
  } = {};
  const crew = new Crew(config.concurrency);
  const queues = {
    machineClients: new WorkQueue({
      clock,
      random,
      backoff: { firstMs: scale(1_000), mostMs: scale(300_000) },
      // An account that is slow, or has much to be done, keeps only itself waiting.
      share: { of: (key) => state.accountOf?.(key), most: Math.ceil(config.concurrency / 2) },
    }),
    providers: new WorkQueue({ clock, random, backoff: { firstMs: scale(1_000), mostMs: scale(60_000) } }),
  };
  const line = stack.use(new BudgetLine(queues.machineClients, clock, scale));
  // A key that is due tomorrow has a timer, which would keep the process alive until then.
  stack.defer(() => {
    for (const queue of Object.values(queues)) queue.shutDown();
  });
  const aside: Ports['aside'] = (key, wait) => queues.machineClients.aside(key, () => crew.aside(wait));
  const leading = (): boolean => state.leading?.aborted === false;
  const unmeasured = new Recent<string>(MOST_NAMED);
  const metrics = makeMetrics({
    ofProcess: config['metrics-address'] !== '0',
    queues: () => [
      ['machineclient', queues.machineClients.stats()],
      ['identityprovider', queues.providers.stats()],
    ],
    machineClients: () => state.caches?.machineClients.values() ?? [],
    accounts: () => (state.accounts ? accountViews(state.accounts.registry) : []),
    onUnmeasured: ({ namespace: ns, name, uid, resourceVersion }, error) => {
      if (unmeasured.get(uid) === resourceVersion) return;
      unmeasured.set(uid, resourceVersion);
      log.warn({ ns, name, err: error }, 'an object could not be measured');
    },
    leading,
    perObject: config['metrics-per-object'],
  });
  observeRequest = metrics.kubeRequest;
  await serveAll(config, stack, log, {
    vitals: {
      clock,
      waitsFor: () => state.waitsFor,
      watches: () => {
        const reflectors = state.caches?.reflectors ?? [];
        const refused = refusedNamespaces(reflectors) ?? [];
        return reflectors.map(({ name, namespace: where, reflector }) => ({
          name,
          isRefused: where !== undefined && refused.includes(where),
          hasSynced: reflector.hasSynced,
          problem: reflector.problem,
          lastEventAt: reflector.lastEventAt,
        }));
      },
      oldestWaitMs: () => Math.max(...Object.values(queues).map((queue) => queue.stats().oldestWaitMs)),
      leading,
      leaseLost: () => state.lost?.aborted === true,
    },
    metrics: () => metrics.registry.metrics(),
  });

  const { installation, integrity, tokens } = await untilAnswered(
    { clock, random, log, onWait: (why) => (state.waitsFor = why) },
    stop,
    async () => {
      if (!config['leader-elect']) await ensureNamespace(kube, namespace, stop);
      return {
        installation: await installationId(kube, config['installation-id'], stop),
        integrity: await integrityKey(kube, namespace, log, stop),
        tokens: await OwnTokens.open(kube, clock, config['token-audiences'], stop),
      };
    },
  );
  const caches = makeCaches({
    transport,
    clock,
    random,
    log,
    integrity,
    watchNamespaces: config['watch-namespaces'],
  });
  state.caches = caches;

  const identity = leaseIdentity(hostname(), random);
  const pod = podOfEnvironment(environment);
  const recorder = new EventRecorder({
    client: kube,
    clock,
    random,
    controller: 'machine-client.dev/operator',
    instance: identity,
    log,
  });
  stack.defer(() => recorder.stop(EVENTS_MS));
  const namespaceTerminating = (name: string): boolean => caches.namespaces.get(name)?.terminating === true;
  const served = (name: string): boolean => serves(caches.reflectors, name);
  const watches = (name: string): boolean =>
    (config['watch-namespaces'].length === 0 || config['watch-namespaces'].includes(name)) && served(name);
  const definition = new Definition(kube, life.signal);
  const accounts = makeAccounts(
    {
      installation,
      clock,
      random,
      log,
      scale,
      memory: listMemory(getHeapStatistics().heap_size_limit),
      connect: network.toProvider,
      onUpstreamCall: metrics.upstreamCall,
      providers: caches.providers,
      clusterProviders: caches.clusterProviders,
      machineClients: caches.machineClients,
      secrets: caches.secrets,
      namespaces: caches.namespaces,
      wakeProvider: (key) => queues.providers.add(key, 'user'),
      wakeClients: (key) => {
        for (const object of caches.machineClients.byIndex('byProvider', key))
          queues.machineClients.add(`${object.namespace}/${object.name}`, laneOf(object));
      },
      onSwept: (shared) => {
        orphans.find(shared, life.signal).then(
          (keys) => {
            for (const key of keys) queues.machineClients.add(key, 'resync');
            for (const member of shared.members) queues.providers.add(member, 'resync');
          },
          (error: unknown) => log.warn({ err: error }, 'orphans could not be looked for'),
        );
      },
    },
    life.signal,
  );
  const stores = { IdentityProvider: caches.providers, ClusterIdentityProvider: caches.clusterProviders };
  const orphanRecorder = new OrphanRecorder({ kube, accounts, stores, log, signal: life.signal });
  const wakeProvider = (key: string): void => queues.providers.add(key, 'user');
  const bypassed = new Bypassed(caches.machineClients, wakeProvider);
  const beginnings = new Beginnings((object) => accounts.stays(object), wakeProvider);
  const unseen = (key: string): boolean => bypassed.isUsing(key) || beginnings.isUsing(key);
  const orphans = new Orphans({
    kube,
    definition,
    bypassed,
    installation,
    accounts,
    machineClients: caches.machineClients,
    secrets: caches.secrets,
    watches,
    clock,
    patienceMs: scale(PROVIDER_PATIENCE_MS),
    aside,
    recordLeaving: (object) => orphanRecorder.leaves(object),
    log,
  });
  state.accounts = accounts;
  state.accountOf = (key) => {
    const object = caches.machineClients.get(key);
    return object ? accounts.access.accountOf(object) : orphans.accountOf(key);
  };
  stack.defer(() => accounts.close());

  const eventOfProvider = providerEvents(recorder);
  const controller = new IdentityProviderController({
    kube,
    clock,
    accounts,
    machineClients: caches.machineClients,
    unseen,
    stores,
    credentials: new CredentialFinalizer({
      kube,
      machineClients: caches.machineClients,
      unseen,
      stores,
      mayRemove: (user) => accounts.access.mayRemove(user),
      clock,
      graceMs: scale(CREDENTIAL_GRACE_MS),
      secretReferences: caches.secretReferences,
      namespaceTerminating,
      operatorNamespace: namespace,
    }),
    urlPolicy: {
      allowedHosts: config['allowed-provider-hosts'],
      allowInsecure: config['allow-insecure-provider-urls'],
    },
    tokens,
    operatorNamespace: namespace,
    scale,
    event: eventOfProvider,
  });
  const settling = new Settling(clock, timing);
  const former = new Former({ clock, timing, settling });
  stack.use(caches.machineClients.follow(former.follow));
  const shown = new Recent<true>(MOST_SHOWN);
  stack.use(caches.machineClients.follow(rememberWiped(shown)));
  const ports = machineClientPorts({
    kube,
    clock,
    random,
    log,
    installation,
    integrity,
    timing,
    settling,
    caches,
    shown,
    aside,
    stores,
    operatorNamespace: namespace,
    recorder,
    eventOfProvider,
    orphanRecorder,
    beginnings,
    definition,
    accounts,
  });
  const clusterView: ClusterView = {
    machineClients: caches.machineClients,
    secrets: caches.secrets,
    provider: (object) => accounts.view(object),
    mayUseProvider: (object) => accounts.access.mayUse(object),
    namespaceTerminating,
    former: (key) => former.of(key),
  };
  wireTriggers(caches, queues, controller);

  const watching = caches.reflectors.map(({ reflector }) => reflector.run(life.signal));
  const watchingClock = watchClockJumps(clock, scale(CLOCK_LOOK_MS), life.signal, (ms) => {
    log.warn({ seconds: Math.round(ms / 1_000) }, 'the wall clock was moved; what is due is reckoned anew');
    wakeAll(caches, queues);
  });
  stack.defer(async () => {
    life.abort(new Error('the operator ends'));
    await Promise.all([...watching, watchingClock]);
  });
  await synced(caches, clock, log, stop);
  if (stop.aborted) return;
  log.info({ installation, machineClients: caches.machineClients.size }, 'caches are filled');

  const work = machineClientWorker(ports, accounts, orphans, clusterView);
  await lead(
    { transport, enabled: config['leader-elect'], namespace, identity, pod, clock, random, log, scale },
    stop,
    async (term) => {
      state.leading = term.signal;
      state.lost = term.lost;
      await workForTerm(
        {
          queues,
          line,
          crew,
          clock,
          log,
          metrics,
          served,
          machineClients: caches.machineClients,
          work,
          controller,
        },
        term,
      );
    },
  );
};

import { apiVersion, machineClientKind } from '../api/group.ts';
import { providerKeyOf, type Provider } from '../api/objects.ts';
import type { Reason } from '../api/reasons.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { EventRecorder } from '../kube/events.ts';
import { FencePace } from '../machine-client/pace.ts';
import type { Ports } from '../machine-client/ports.ts';
import { Recent } from '../runtime/recent.ts';
import type { Beginnings } from './beginnings.ts';
import type { Caches } from './caches.ts';
import type { Definition } from './definition.ts';
import type { OrphanRecorder } from './orphan-recorder.ts';
import { reservedSecrets } from './reserved-secrets.ts';

/** Objects of which it is remembered what an event, or the log, has said. */
export const MOST_NAMED = 1_000;
/** Where ids are not derived from uids, it is told by memory alone that a mark was written over. */
const MOST_MARKED = 50_000;

type ProviderEvent = (provider: Provider, type: 'Normal' | 'Warning', reason: Reason, note: string) => void;

/** Events that stand with a provider object. */
export const providerEvents =
  (recorder: EventRecorder): ProviderEvent =>
  ({ kind, namespace, name, uid }, type, reason, note) =>
    recorder.event({
      regarding: { apiVersion, kind, namespace, name, uid },
      type,
      reason,
      action: 'Reconcile',
      note,
    });

type Given =
  | 'kube'
  | 'clock'
  | 'random'
  | 'log'
  | 'installation'
  | 'integrity'
  | 'timing'
  | 'settling'
  | 'shown'
  | 'aside';

interface Parts extends Pick<Ports, Given> {
  readonly caches: Pick<Caches, 'machineClients' | 'secrets'>;
  readonly stores: Parameters<typeof reservedSecrets>[0]['stores'];
  readonly operatorNamespace: string;
  readonly recorder: EventRecorder;
  readonly eventOfProvider: ProviderEvent;
  readonly orphanRecorder: OrphanRecorder;
  readonly beginnings: Beginnings;
  readonly definition: Definition;
  readonly accounts: Accounts;
}

/** What a reconciliation of a MachineClient reaches the world by, beside what it is given as it is. */
export const machineClientPorts = ({
  caches,
  stores,
  operatorNamespace,
  recorder,
  eventOfProvider,
  orphanRecorder,
  beginnings,
  definition,
  accounts,
  ...given
}: Parts): Ports => ({
  ...given,
  pace: new FencePace(given.timing),
  machineClients: caches.machineClients,
  secrets: caches.secrets,
  event: ({ namespace, name, uid, resourceVersion }, type, reason, note) =>
    recorder.event({
      regarding: { apiVersion, kind: machineClientKind, namespace, name, uid, resourceVersion },
      type,
      reason,
      action: 'Reconcile',
      note,
    }),
  named: new Recent(MOST_NAMED),
  bore: new Recent(MOST_MARKED),
  results: new Recent(MOST_NAMED),
  unanswered: new Recent(MOST_NAMED),
  reserved: reservedSecrets({ stores, operatorNamespace }),
  beginnings,
  recordOrphan: (object, clientId) => orphanRecorder.record(object, clientId),
  recordLeaving: (object) => orphanRecorder.leaves(object),
  eventOnProvider: (object, ...said) => {
    const provider = accounts.serving.provider(providerKeyOf(object));
    if (provider && accounts.access.mayUse(object)) eventOfProvider(provider, ...said);
  },
  readDefinition: (object) => definition.of(object),
  clientShown: ({ namespace, name }) => accounts.guards.shown(`${namespace}/${name}`),
});

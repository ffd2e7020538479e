import { annotations, finalizers } from '../../api/group.ts';
import { reasons } from '../../api/reasons.ts';
import type { Facts } from '../facts.ts';
import type { Plan, Policy } from '../plan.ts';
import { openReconcileRequest } from '../requests.ts';
import type { UpstreamClient } from '../../providers/provider.ts';
import { mainClient, marked, type ReadyFacts } from './locate.ts';

const hold = (
  reason: Extract<Plan, { kind: 'hold' }>['reason'],
  message: string,
  stalled: boolean,
): Plan => ({
  kind: 'hold',
  reason,
  message,
  stalled,
});

/** An operation of another installation is recorded on the object: two operators would undo each other's work. */
export const managedByAnother: Policy<Facts> = ({ operation, installation, object }) =>
  operation && operation.installation !== installation
    ? {
        kind: 'hands-off',
        reason: 'ManagedByAnother',
        message: `installation ${operation.installation} works on this object; if it is gone for good, remove the annotation ${annotations.operation} from ${object.name}`,
      }
    : undefined;

/**
 * Two clusters with one installation id, and an object of the same names in both: each takes the client of the other for
 * its own. The one whose mark was written over stops; to go on would end what the other has published. Where both have
 * made a client in the same moment, both stop: the second one is not a leftover of this object.
 */
export const takenOverByAnother: Policy<ReadyFacts> = (facts) => {
  const { provider, object, installation } = facts;
  const who = 'another MachineClient with the same namespace and name';
  const cause = `another cluster has the installation id ${installation}. Give each its own (--installation-id; installationId in the chart)`;
  const abandon = object.deleting ? `; ${annotations.abandonUpstream}: "true" leaves the client behind` : '';
  const second = madeByAnother(facts);
  if (second)
    return hold(
      'ManagedByAnother',
      `${who} has made the client ${second.id}: ${cause}, and delete the client ${second.id} at the provider when nobody uses it${abandon}`,
      true,
    );
  const client = marked(facts).find(({ id }) => provider.takenOver.includes(id));
  // A person who has put that right asks for a look; the mark is written again with it.
  if (!client || openReconcileRequest(object) !== undefined) return undefined;
  return hold(
    'ManagedByAnother',
    `${who} has taken over the client ${client.id}: ${cause}, and ask for a look here with the annotation ${annotations.reconcileRequested}${abandon}`,
    true,
  );
};

/**
 * A second client that bears the uid of another object, while ours bears ours. A creation of an earlier object of the name
 * that came late is none: an object goes only when its last call has settled.
 */
const madeByAnother = (facts: ReadyFacts): UpstreamClient | undefined => {
  const { object, secret } = facts;
  const own = mainClient(facts);
  if (own?.uid !== object.uid || !(secret || object.deleting)) return undefined;
  return marked(facts).find(({ id, uid }) => id !== own.id && uid !== undefined && uid !== object.uid);
};

export const namespaceTerminating: Policy<Facts> = ({ namespaceTerminating, object }) =>
  namespaceTerminating
    ? hold('NamespaceTerminating', `namespace ${object.namespace} is being deleted`, false)
    : undefined;

export const suspended: Policy<Facts> = ({ object }) =>
  object.spec.suspend
    ? hold('Suspended', 'spec.suspend is true: nothing is done until it is false', false)
    : undefined;

export const invalidSpec: Policy<Facts> = ({ object }) =>
  object.invalid === undefined
    ? undefined
    : hold('InvalidSpec', `the spec does not have the form of its schema: ${object.invalid}`, true);

export const providerUsable: Policy<Facts> = ({ provider }) =>
  provider.state === 'ready' ? undefined : hold(provider.reason, provider.message, false);

/**
 * Nothing is begun with a provider object that may be gone a moment later, and its login with it: what was made would
 * wait for it for ever. Who has our finalizer counts among those that it stays for.
 */
export const providerKept: Policy<Facts> = ({ provider, object }) => {
  if (provider.state !== 'ready' || provider.kept === true) return undefined;
  if (object.spec.managementPolicy === 'Observe' || object.finalizers.includes(finalizers.upstream))
    return undefined;
  const { kind, name } = object.spec.providerRef;
  return provider.kept === 'leaving'
    ? hold(
        'ProviderNotReady',
        `${kind} ${name}, or the Secret that it logs in with, is being deleted: nothing new is made with it`,
        false,
      )
    : { kind: 'wait', reason: 'WaitingForProvider', message: reasons.WaitingForProvider.text };
};

export const wishRefused: Policy<Facts> = ({ provider }) =>
  provider.state === 'ready' && provider.refusal
    ? // A policy of the provider object may change without this object: it wakes then, so it is not stalled.
      hold(provider.refusal.reason, provider.refusal.message, provider.refusal.reason !== 'PolicyDenied')
    : undefined;

export const secretConflict: Policy<Facts> = ({ rivalForSecret, object }) =>
  rivalForSecret === undefined
    ? undefined
    : hold(
        'SecretConflict',
        `MachineClient ${rivalForSecret} has the Secret ${object.spec.secret.name ?? object.name}; choose another spec.secret.name`,
        true,
      );

/** Names of other namespaces are not this tenant's to know. */
const OF_ANOTHER = "a MachineClient of another namespace; the operator's log names it";

export const clientConflict: Policy<Facts> = ({ rivalForClient, object }) => {
  if (rivalForClient === undefined) return undefined;
  const [namespace, name] = rivalForClient.split('/');
  const who = namespace === object.namespace ? `MachineClient ${name}` : OF_ANOTHER;
  const message = `the client ${object.spec.clientId ?? ''} belongs to ${who}`;
  return { kind: 'hold', reason: 'ClientConflict', stalled: true, message, inTheLog: rivalForClient };
};

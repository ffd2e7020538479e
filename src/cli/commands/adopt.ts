import { machineClients } from '../../api/resources.ts';
import type { ProviderKind } from '../../api/schema/machine-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { adoptingClient, refuseFlagsOfNew } from '../adoption.ts';
import { CommandError } from '../errors.ts';
import { getMachineClient, getProvider, orNone } from '../gather.ts';
import type { Run } from '../run.ts';
import type { MachineClientWire } from '../wire.ts';

interface AdoptReport {
  readonly namespace: string;
  readonly name: string;
  readonly clientId: string;
  readonly done: 'created' | 'changed' | 'unchanged';
  readonly dryRun: boolean;
  /** What still stands in the way, as far as it can be seen from here. */
  readonly obstacle?: string | undefined;
}

const done = {
  created: 'is made, to take over',
  changed: 'may now take over',
  unchanged: 'already may take over',
};
const textOf = ({ namespace, name, clientId, done: what, dryRun, obstacle }: AdoptReport): string =>
  [
    `${namespace}/${name} ${done[what]} the client ${clientId}${dryRun ? ' (dry run: nothing was written)' : ''}`,
    ...(obstacle === undefined ? [] : [`but ${obstacle}`]),
    '',
  ].join('\n');

/** The other half of the permission, which is on the provider object. */
const obstacleOf = async (kube: KubeClient, object: MachineClientWire): Promise<string | undefined> => {
  const provider = await getProvider(kube, object);
  const { kind = 'IdentityProvider' satisfies ProviderKind, name = '' } = object.spec?.providerRef ?? {};
  if (provider === undefined) return `the ${kind} ${name} does not exist`;
  if ('unseen' in provider || provider.spec?.clientPolicy?.adoption === 'Allow') return undefined;
  return `the ${kind} ${name} does not allow adoption: its owner must set spec.clientPolicy.adoption: Allow`;
};

export const adopt = async (run: Run): Promise<number> => {
  const { flags, name = '' } = run.arguments;
  const dryRun = flags.has('dry-run');
  await using connection = await run.connect();
  const { kube, namespace } = connection;
  const existing = await orNone(getMachineClient(kube, namespace, name));
  const report = async (object: MachineClientWire, what: AdoptReport['done']): Promise<number> => {
    const clientId = object.spec?.clientId ?? '';
    const obstacle = await obstacleOf(kube, object);
    run.print({ namespace, name, clientId, done: what, dryRun, obstacle }, textOf);
    return 0;
  };
  if (!existing) {
    const wanted = adoptingClient(run.arguments, namespace);
    return await report(await kube.create(machineClients, namespace, wanted, { dryRun }), 'created');
  }
  refuseFlagsOfNew(run.arguments, existing.spec?.clientId);
  const { uid } = existing.metadata;
  const clientId = existing.spec?.clientId ?? run.arguments.values.get('client-id');
  if (clientId === undefined)
    throw new CommandError(`${namespace}/${name} names no client: say which with --client-id`);
  if (existing.spec?.adoptionPolicy === 'Existing' && existing.spec.clientId === clientId)
    return await report(existing, 'unchanged');
  const body = { metadata: { uid }, spec: { clientId, adoptionPolicy: 'Existing' } };
  const changed = await kube.mergePatch<MachineClientWire>(machineClients, { namespace, name }, body, {
    dryRun,
  });
  return await report(changed, 'changed');
};

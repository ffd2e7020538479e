import { annotations } from '../../api/group.ts';
import { machineClients } from '../../api/resources.ts';
import { CommandError, UsageError } from '../errors.ts';
import { getMachineClient } from '../gather.ts';
import type { Run } from '../run.ts';

interface AbandonReport {
  readonly namespace: string;
  readonly name: string;
  readonly clientId?: string | undefined;
  readonly deleting: boolean;
}

const textOf = ({ namespace, name, clientId, deleting }: AbandonReport): string => {
  const client = clientId === undefined ? 'its client' : `the client ${clientId}`;
  return deleting
    ? `${namespace}/${name} is removed, and ${client} stays at the provider\n`
    : `a deletion of ${namespace}/${name} will leave ${client} at the provider; to delete it: kubectl delete machineclient -n ${namespace} ${name}\n`;
};

export const abandon = async (run: Run): Promise<number> => {
  const { flags, name = '' } = run.arguments;
  const { terminal } = run;
  const sure = flags.has('yes');
  if (!sure && !terminal.interactive) throw new UsageError('nobody can be asked here: confirm with --yes');
  await using connection = await run.connect();
  const { kube, namespace } = connection;
  const { metadata, status } = await getMachineClient(kube, namespace, name);
  const clientId = status?.clientId;
  if (!sure) {
    const answer = await terminal.ask(
      `The client ${clientId ?? '(id unknown)'} of ${namespace}/${name} will stay at the provider, with credentials that work. Go on? [y/N] `,
    );
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was changed');
  }
  await kube.mergePatch(
    machineClients,
    { namespace, name },
    { metadata: { uid: metadata.uid, annotations: { [annotations.abandonUpstream]: 'true' } } },
  );
  run.print({ namespace, name, clientId, deleting: metadata.deletionTimestamp !== undefined }, textOf);
  return 0;
};

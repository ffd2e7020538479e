import { listProviders } from '../gather.ts';
import type { Run } from '../run.ts';
import type { ProviderWire } from '../wire.ts';

interface OrphansOf {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly account?: string | undefined;
  readonly count: number;
  readonly sample: readonly string[];
}

interface OrphansReport {
  readonly count: number;
  readonly items: readonly OrphansOf[];
  /** Why ClusterIdentityProviders are not among them. */
  readonly unseen?: string | undefined;
}

const orphansOf = ({ kind, metadata, status = {} }: ProviderWire): OrphansOf => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
  account: status.account,
  count: status.orphans?.count ?? 0,
  sample: status.orphans?.sample ?? [],
});

const linesOf = ({ kind, namespace, name, account, count, sample }: OrphansOf): readonly string[] => {
  const where = `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
  const more = count - sample.length;
  return [
    `${where}${account === undefined ? '' : `, ${account}`}: ${count}`,
    ...sample.map((one) => `  ${one}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
};

const textOf = ({ count, items, unseen }: OrphansReport): string => {
  const found = items.filter((one) => one.count > 0);
  const lines =
    found.length > 0
      ? [
          ...found.flatMap(linesOf),
          '',
          `${count} in all. To have the operator remove those of a provider object: spec.orphanPolicy: Delete`,
        ]
      : [`no orphans, in ${items.length} provider object${items.length === 1 ? '' : 's'}`];
  return [
    ...lines,
    ...(unseen === undefined ? [] : [`ClusterIdentityProviders were not looked at: ${unseen}`]),
    '',
  ].join('\n');
};

export const orphans = async (run: Run): Promise<number> => {
  await using connection = await run.connect();
  const { own, ofCluster } = await listProviders(connection.kube, connection.scope);
  const seen = 'unseen' in ofCluster ? [] : ofCluster;
  const items = [...own, ...seen].map(orphansOf);
  // Provider objects of one account report the same clients.
  const counted = Map.groupBy(items, ({ account, namespace, name }) => account ?? `${namespace}/${name}`);
  const most = [...counted.values()].map((same) => Math.max(...same.map((one) => one.count)));
  const count = most.reduce((sum, one) => sum + one, 0);
  run.print({ count, items, ...('unseen' in ofCluster && { unseen: ofCluster.unseen }) }, textOf);
  return 0;
};

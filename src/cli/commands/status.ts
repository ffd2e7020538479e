import { gather, gatherAll, getMachineClient } from '../gather.ts';
import { listOf, sortReports } from '../list.ts';
import { reportOf } from '../report.ts';
import type { Run } from '../run.ts';
import { treeOf } from '../tree.ts';

export const status = async (run: Run): Promise<number> => {
  await using connection = await run.connect();
  const { kube, namespace, scope } = connection;
  const { name } = run.arguments;
  const { terminal, paint } = run;
  if (name !== undefined) {
    const gathered = await gather(kube, await getMachineClient(kube, namespace, name));
    const now = run.clock.now();
    run.print(reportOf(gathered, now), (report) => treeOf(report, now, paint));
    return 0;
  }
  const all = await gatherAll(kube, scope);
  const now = run.clock.now();
  const reports = sortReports(all.map((gathered) => reportOf(gathered, now)));
  run.print({ items: reports }, ({ items }) =>
    items.length === 0
      ? `no MachineClients${scope === undefined ? '' : ` in namespace ${scope}`}\n`
      : listOf(items, { now, width: terminal.width, namespaces: scope === undefined, paint }),
  );
  return 0;
};

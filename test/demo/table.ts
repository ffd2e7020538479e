import { machineClients } from '../../src/api/objects.ts';
import { collectionPath } from '../../src/kube/resource.ts';
import type { Transport } from '../../src/kube/transport.ts';

/** What the API server makes of the CRD's printer columns: the very cells that kubectl shows. */
interface TableWire {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly (string | number | boolean | null)[];
    readonly object: { readonly metadata: { readonly namespace?: string } };
  }[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const AS_TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
const GAP = 3;
/** The one that can be recognised when it is cut. */
const SHRINKS = 'SECRET';
const LEAST_SHRUNK = 13;

/** As `kubectl get mcl`, of these namespaces, or of all. */
export const readTable = async (
  transport: Transport,
  namespaces: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Table> => {
  const tables = await Promise.all(
    (namespaces ?? [undefined]).map(
      async (namespace) =>
        (await transport.json(
          {
            attempt: { verb: 'list', resource: machineClients, namespace },
            method: 'GET',
            path: collectionPath(machineClients, namespace),
            accept: AS_TABLE,
            signal,
          },
          'api',
        )) as TableWire,
    ),
  );
  const definitions = tables[0]?.columnDefinitions ?? [];
  const shown = definitions.flatMap(({ priority }, index) => (priority === 0 ? [index] : []));
  return {
    columns: ['NAMESPACE', ...shown.map((index) => definitions[index]?.name.toUpperCase() ?? '')],
    rows: tables.flatMap(({ rows }) =>
      rows.map(({ cells, object }) => [
        object.metadata.namespace ?? '',
        ...shown.map((index) => String(cells[index] ?? '')),
      ]),
    ),
  };
};

/** The middle of what is too long is left out: `mco-ch3y…557wgn`. */
const shrink = (text: string, width: number): string => {
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
};

/** Aligned lines, the header first, that fit into `width` as far as the names of the Secrets can be shortened. */
export const formatTable = ({ columns, rows }: Table, width: number): readonly string[] => {
  const longest = columns.map((name, index) =>
    Math.max(name.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const total = longest.reduce((sum, each) => sum + each + GAP, -GAP);
  const widths = longest.map((each, index) =>
    columns[index] === SHRINKS ? Math.min(each, Math.max(LEAST_SHRUNK, each - (total - width))) : each,
  );
  return [columns, ...rows].map((row) =>
    row
      .map((cell, index) => shrink(cell, widths[index] ?? 0).padEnd((widths[index] ?? 0) + GAP))
      .join('')
      .trimEnd(),
  );
};

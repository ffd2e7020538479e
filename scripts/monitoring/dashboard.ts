/** The Grafana dashboard: panels in rows, each with its queries. */

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  /** Of Grafana: `short`, `s`, `reqps`, `percentunit`, `bytes`. */
  readonly unit: string;
  readonly kind: 'stat' | 'timeseries';
  readonly queries: readonly Query[];
}

const ours = 'machine_client_operator';
const quantile = (share: number, metric: string, by: readonly string[] = []): string =>
  `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (rate(${ours}_${metric}_bucket[$__rate_interval])))`;
const one = (expr: string, legend = ''): readonly Query[] => [{ expr, legend }];

const rows: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  [
    'MachineClients',
    [
      {
        title: 'Ready',
        description: 'MachineClients whose Secret holds a working credential.',
        unit: 'short',
        kind: 'stat',
        queries: one(`max(sum by (pod, instance) (${ours}_machineclients{ready="True"}))`),
      },
      {
        title: 'Not ready',
        description: 'By the reason of the condition Ready.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(`max by (reason) (${ours}_machineclients{ready!="True"})`, '{{reason}}'),
      },
      {
        title: 'Rotations',
        description: 'Under way, overdue, and waiting for workloads that do not roll out.',
        unit: 'short',
        kind: 'timeseries',
        queries: [
          { expr: `max(${ours}_rotations_in_progress)`, legend: 'under way' },
          { expr: `max(${ours}_rotations_blocked)`, legend: 'blocked' },
          { expr: `max(${ours}_rotations_overdue)`, legend: 'overdue' },
          { expr: `max(${ours}_rollouts_stuck)`, legend: 'waiting for workloads' },
        ],
      },
      {
        title: 'Until ready',
        description: 'From the creation of a MachineClient to its first credential.',
        unit: 's',
        kind: 'timeseries',
        queries: [0.5, 0.99].map((share) => ({
          expr: quantile(share, 'time_to_ready_seconds'),
          legend: `p${share * 100}`,
        })),
      },
      {
        title: 'Until rotated',
        description: 'From when a planned rotation was due to when its credential was published.',
        unit: 's',
        kind: 'timeseries',
        queries: [0.5, 0.99].map((share) => ({
          expr: quantile(share, 'rotation_delay_seconds'),
          legend: `p${share * 100}`,
        })),
      },
    ],
  ],
  [
    'Accounts',
    [
      {
        title: 'Calls',
        description: 'To providers, by operation and class of the HTTP status.',
        unit: 'reqps',
        kind: 'timeseries',
        queries: one(
          `sum by (provider, operation, status) (rate(${ours}_upstream_request_duration_seconds_count[$__rate_interval]))`,
          '{{provider}} {{operation}} {{status}}',
        ),
      },
      {
        title: 'Duration of calls, p99',
        description: 'By provider and operation.',
        unit: 's',
        kind: 'timeseries',
        queries: one(
          quantile(0.99, 'upstream_request_duration_seconds', ['provider', 'operation']),
          '{{provider}} {{operation}}',
        ),
      },
      {
        title: 'Since the last complete list',
        description: 'Of the account, or of the organization that was listed longest ago.',
        unit: 's',
        kind: 'timeseries',
        queries: one(
          `time() - max by (account, provider) (${ours}_account_last_sweep_timestamp_seconds)`,
          '{{account}} ({{provider}})',
        ),
      },
      {
        title: 'Orphans',
        description: 'Clients with our mark and without a MachineClient.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(`max by (account, provider) (${ours}_account_orphans)`, '{{account}} ({{provider}})'),
      },
      {
        title: 'Does not answer',
        description: '1 while an account is asked by single probes only.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(
          `max by (account, provider) (${ours}_account_circuit_open)`,
          '{{account}} ({{provider}})',
        ),
      },
      {
        title: 'Waits for the budget',
        description: 'How often somebody had to wait for the limits of the account, a second.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(
          `max by (account, provider) (rate(${ours}_account_budget_waits_total[$__rate_interval]))`,
          '{{account}} ({{provider}})',
        ),
      },
    ],
  ],
  [
    'Operator',
    [
      {
        title: 'Leads',
        description: 'Which replica works.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(`${ours}_leading`, '{{pod}}'),
      },
      {
        title: 'Queue',
        description: 'Keys that wait, and how long the oldest has waited.',
        unit: 'short',
        kind: 'timeseries',
        queries: [
          { expr: 'sum by (pod) (workqueue_depth{name="machineclient"})', legend: '{{pod}} waiting' },
          {
            expr: 'max by (pod) (workqueue_oldest_wait_seconds{name="machineclient"})',
            legend: '{{pod}} oldest, s',
          },
        ],
      },
      {
        title: 'Passes',
        description: 'By result.',
        unit: 'short',
        kind: 'timeseries',
        queries: one(`sum by (result) (rate(${ours}_reconcile_total[$__rate_interval]))`, '{{result}}'),
      },
      {
        title: 'Requests to the API server',
        description: 'By verb and resource.',
        unit: 'reqps',
        kind: 'timeseries',
        queries: one(
          `sum by (verb, resource) (rate(${ours}_kube_requests_total[$__rate_interval]))`,
          '{{verb}} {{resource}}',
        ),
      },
      {
        title: 'Memory',
        description: 'Resident, of each replica.',
        unit: 'bytes',
        kind: 'timeseries',
        queries: one(`process_resident_memory_bytes and on (pod, instance) ${ours}_build_info`, '{{pod}}'),
      },
      {
        title: 'Event loop, p99',
        description: 'By how much timers are late.',
        unit: 's',
        kind: 'timeseries',
        queries: one(`nodejs_eventloop_lag_p99_seconds and on (pod, instance) ${ours}_build_info`, '{{pod}}'),
      },
    ],
  ],
];

const WIDTH = 24;
const COLUMNS = 3;
const HEIGHT = 8;
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** In the form that Grafana imports; the data source is chosen in it. */
export const dashboard = (): string => {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap(([title, inRow]) => {
    const heading = { id: ++id, type: 'row', title, gridPos: { x: 0, y: y++, w: WIDTH, h: 1 }, panels: [] };
    const top = y;
    y += Math.ceil(inRow.length / COLUMNS) * HEIGHT;
    return [
      heading,
      ...inRow.map(({ title: name, description, unit, kind, queries }, index) => ({
        id: ++id,
        type: kind,
        title: name,
        description,
        datasource,
        gridPos: {
          x: (index % COLUMNS) * (WIDTH / COLUMNS),
          y: top + Math.floor(index / COLUMNS) * HEIGHT,
          w: WIDTH / COLUMNS,
          h: HEIGHT,
        },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: queries.map(({ expr, legend }, each) => ({
          refId: String.fromCodePoint(65 + each),
          datasource,
          expr,
          legendFormat: legend,
        })),
      })),
    ];
  });
  const model = {
    uid: 'machine-client-operator',
    title: 'machine-client-operator',
    tags: ['kubernetes', 'machine-client-operator'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
    },
    panels,
  };
  return `${JSON.stringify(model, undefined, 2)}\n`;
};

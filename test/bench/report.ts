import { cpus, loadavg } from 'node:os';
import type { HostileAnswers } from './answers.ts';
import type { AtRest } from './at-rest.ts';
import type { Deletions } from './deletions.ts';
import type { DueTogether } from './due-together.ts';
import { type Footprint, heapPerClient, median, type Memory } from './footprint.ts';
import { writesIn } from './metrics.ts';
import type { Series } from './series.ts';
import type { Sweeps } from './sweeps.ts';

export interface Results {
  readonly machine: { readonly node: string; readonly platform: string; readonly cpus: number };
  readonly startedAt: string;
  readonly concurrency: number;
  /** Of one minute, before and after. */
  readonly load: readonly [number, number];
  readonly footprint: readonly Footprint[];
  readonly series: readonly Series[];
  readonly atRest: AtRest | undefined;
  readonly dueTogether: DueTogether | undefined;
  readonly sweeps: readonly Sweeps[];
  readonly deletions: Deletions | undefined;
  readonly hostileAnswers: readonly HostileAnswers[];
}

export const machine = (): Results['machine'] => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cpus: cpus().length,
});

export const loadNow = (): number => loadavg()[0] ?? 0;

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const seconds = (value: number): string => `${value.toFixed(2)} s`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const perClient = (count: number, clients: number): string => (count / clients).toFixed(2);

/** The first column to the left, the others to the right. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('   ').trimEnd()).join('\n');
};

const worst = (values: readonly number[]): number => Math.max(...values);

const footprintRows = (all: readonly Footprint[]): string[][] => {
  const row = (name: string, show: (one: Footprint) => string): string[] => [name, ...all.map(show)];
  const times = (read: (one: Footprint) => readonly number[]) => (one: Footprint) =>
    `${ms(median(read(one)))}, ${ms(worst(read(one)))}`;
  const memory = (name: string, read: (one: Footprint) => Memory | undefined): string[][] => [
    row(`${name}: RSS at rest`, (one) => mebibytes(median(read(one)?.residentBytes ?? []))),
    row(`${name}: RSS peak`, (one) => mebibytes(worst(read(one)?.peakBytes ?? []))),
    row(`${name}: live heap`, (one) => mebibytes(median(read(one)?.heapBytes ?? []))),
  ];
  return [
    row(
      'start: until the watch is open (aim 1000 ms)',
      times(({ untilWatchMs }) => untilWatchMs),
    ),
    row(
      'start: until all caches are filled',
      times(({ untilFilledMs }) => untilFilledMs),
    ),
    row(
      'start: until the first Secret (aim 1000 ms)',
      times(({ untilSecretMs }) => untilSecretMs),
    ),
    ...memory('empty cluster (aim 80 MB)', ({ empty }) => empty),
    ...(all[0]?.sizes ?? []).flatMap(({ clients }, index) => [
      ...memory(`${clients} clients`, ({ sizes }) => sizes[index]),
      row(`${clients} clients: heap a client (aim 3 KB)`, ({ sizes }) => {
        const size = sizes[index];
        return size && clients > 0 ? `${heapPerClient(sizes, size).toFixed(0)} B` : '-';
      }),
      row(
        `${clients} clients: start until filled`,
        times(({ sizes }) => sizes[index]?.untilFilledMs ?? []),
      ),
      row(
        `${clients} clients: start until settled`,
        times(({ sizes }) => sizes[index]?.untilSettledMs ?? []),
      ),
    ]),
  ];
};

const seriesRows = (series: readonly Series[]): string[][] => {
  const row = (name: string, show: (one: Series) => string): string[] => [name, ...series.map(show)];
  return [
    row('clients, latency upstream', ({ clients, latencyMs }) => `${clients}, ${ms(latencyMs)}`),
    row('backlog: clients/s', ({ backlog }) => backlog.perSecond.toFixed(1)),
    row('floor: clients/s', ({ floorPerSecond }) => floorPerSecond.toFixed(1)),
    row('backlog / floor (aim 0.60)', ({ floorRatio }) => floorRatio.toFixed(2)),
    row('backlog: CPU with start', ({ backlog }) => seconds(backlog.cpuSeconds)),
    row('backlog: RSS peak', ({ backlog }) => mebibytes(backlog.peakBytes)),
    row('backlog: RSS after', ({ backlog }) => mebibytes(backlog.steadyBytes)),
    row('backlog: event loop p99', ({ backlog }) => ms(backlog.loopP99Ms)),
    row('burst: create to Secret p50', ({ burst }) => ms(burst.untilSecretMs.p50)),
    row('burst: create to Secret p99', ({ burst }) => ms(burst.untilSecretMs.p99)),
    row('burst: clients/s', ({ burst }) => burst.perSecond.toFixed(1)),
    row('burst: CPU', ({ burst }) => seconds(burst.cpuSeconds)),
    row('burst: RSS peak', ({ burst }) => mebibytes(burst.peakBytes)),
    row('burst: event loop p99', ({ burst }) => ms(burst.loopP99Ms)),
    row('light: create to Secret p50', ({ light }) => ms(light.untilSecretMs.p50)),
    row('light: create to Secret p99', ({ light }) => ms(light.untilSecretMs.p99)),
    row('API writes a client', ({ burst, clients }) => perClient(writesIn(burst.requests), clients)),
    row('upstream calls a client', ({ burst, clients }) =>
      perClient(
        Object.values(burst.upstream).reduce((sum, count) => sum + count, 0),
        clients,
      ),
    ),
  ];
};

const requestRows = ({ burst, clients }: Series): string[][] =>
  [
    ...Object.entries(burst.requests),
    ...Object.entries(burst.upstream).map(([kind, n]) => [`upstream ${kind}`, n] as const),
  ].map(([what, count]) => [`  ${what}`, String(count), perClient(count, clients)]);

const restRows = ({ restart, idle, removal, foreign, clients }: AtRest): string[][] => [
  [`restart over ${clients}: until settled (aim 3 s)`, seconds(restart.seconds)],
  ['restart: CPU', seconds(restart.cpuSeconds)],
  ['restart: list pages upstream (aim 2)', String(restart.searchPages)],
  ['restart: writes to the API server (aim 0)', String(restart.writes)],
  ['restart: RSS after (aim 100 MiB)', mebibytes(restart.residentBytes)],
  [`idle ${idle.seconds} s: API writes, upstream calls (aim 0)`, `${idle.writes}, ${idle.upstream}`],
  [`idle ${idle.seconds} s: passes, CPU`, `${idle.passes}, ${seconds(idle.cpuSeconds)}`],
  [`removal of ${clients}`, seconds(removal.seconds)],
  [`${foreign.secrets} foreign Secrets of 20 KiB: RSS more`, mebibytes(foreign.deltaBytes)],
];

const dueRows = (due: DueTogether): string[][] => [
  [
    `${due.clients} due in one minute, ${due.requestsPerMinute} requests a minute: all done`,
    seconds(due.seconds),
  ],
  ['answered with 429 (aim 0)', String(due.refused)],
  [`most calls in 60 s (aim ${due.requestsPerMinute} at most)`, String(due.busiestMinute)],
  ['calls a rotation', due.requestsPerRotation.toFixed(2)],
  ...Object.entries(due.upstream).map(([kind, count]) => [`  upstream ${kind}`, String(count)]),
  [
    "a person's creations before it: p50, p99",
    `${ms(due.quietUntilSecretMs.p50)}, ${ms(due.quietUntilSecretMs.p99)}`,
  ],
  [`a person's ${due.person.clients} creations: create to Secret p50`, ms(due.person.untilSecretMs.p50)],
  ["a person's creations: p99 (aim 2000 ms)", ms(due.person.untilSecretMs.p99)],
  ["a person's creations: slowest", ms(due.person.mostMs)],
];

const sweepRows = (sweeps: readonly Sweeps[]): string[][] => {
  const row = (name: string, show: (one: Sweeps) => string): string[] => [name, ...sweeps.map(show)];
  const operations = [...new Set(sweeps.flatMap(({ requests }) => Object.keys(requests)))];
  return [
    row(`${sweeps[0]?.clients} clients in one account`, ({ what }) => what),
    row('found by their marks', ({ found }) => String(found)),
    row('pages of a sweep', ({ clients, pageSize }) => String(Math.ceil(clients / pageSize))),
    ...operations.map((operation) =>
      row(`  requests of two sweeps: ${operation}`, ({ requests }) => String(requests[operation] ?? 0)),
    ),
    row('first sweep', ({ first }) => seconds(first.seconds)),
    row('first sweep: CPU', ({ first }) => seconds(first.cpuSeconds)),
    row('second sweep', ({ second }) => seconds(second.seconds)),
    row('second sweep: CPU', ({ second }) => seconds(second.cpuSeconds)),
    row('heap a client', ({ heapBytes, clients }) => `${(heapBytes / clients).toFixed(0)} B`),
    row('heap more during a sweep', ({ peakBytes }) => mebibytes(peakBytes)),
    row('look-ups by mark a second', ({ lookUpsPerSecond }) => lookUpsPerSecond.toExponential(1)),
  ];
};

const deletionRows = ({ objects, creations, deletions }: Deletions): string[][] => {
  const row = (name: string, show: (cost: Deletions['creations']) => string): string[] => [
    name,
    show(creations),
    show(deletions),
  ];
  return [
    [`${objects} requests over one transport`, 'creations', 'deletions'],
    row('time', ({ seconds: time }) => seconds(time)),
    row('CPU of the client (aim: alike)', ({ cpuSeconds }) => seconds(cpuSeconds)),
  ];
};

/** Of so many answers the worst ones tell enough. */
const SHOWN_ANSWERS = 5;

const answerRows = (all: readonly HostileAnswers[]): string[][] =>
  all.flatMap(({ type, answers }) =>
    answers
      .toSorted((a, b) => b.stallMs - a.stallMs)
      .slice(0, SHOWN_ANSWERS)
      .map(({ name, stallMs, peakBytes }) => [`${type}: ${name}`, ms(stallMs), mebibytes(peakBytes)]),
  );

const LEGEND = `legend
  backlog   all clients exist when the operator starts; from the first fence to the last Secret as a watch shows them
  floor     the four API calls of a creation in a bare loop, as many at a time as the operator works on; no operator
            runs. API server, etcd, simulator and this program share the CPUs: only ratios of one run mean anything
  burst     created 32 at a time while the operator runs; from before the POST until the Secret is seen on a watch
  light     ten creates a second (aim for p50: below the latency upstream + 40 ms)
  CPU       of the operator's process; with a backlog from its very start
  RSS       peak by samples every 200 ms; "after" two seconds after the last client was Ready
  event loop p99   delay of timers while the load ran (aim < 50 ms); an idle loop shows 10 ms, its sampling
  due in one minute   from the first moment that any is due until the last old credential is retired; meanwhile a
            person makes one client a second
  sweep     the operator's inventory in a process of its own, against a simulator without latency and without limits: the
            simulator's own time is in it. What an account's limit makes of it: pages / requests a minute
  hostile answers   by a server in another process, to a process that asks for one page of a list with the operator's
            flags, in the clear (with TLS no more than 16 KiB come at once): the longest time for which it did
            nothing else, and its RSS after it
  settled   swept, queue empty, and no pass made any more
`;

export const render = (results: Results): string => {
  const { machine: where, concurrency, load, footprint, series, atRest, dueTogether, sweeps } = results;
  const { deletions, hostileAnswers } = results;
  const last = series.at(-1);
  return [
    `Node ${where.node}, ${where.platform}, ${where.cpus} CPUs, load ${load[0].toFixed(1)} → ${load[1].toFixed(1)}, --concurrency ${concurrency}`,
    ...(footprint.length > 0
      ? [
          `footprint, with ${footprint[0]?.foreignSecrets} foreign Secrets of 20 KiB beside the clients; times: median, worst\n${table(footprintRows(footprint))}`,
        ]
      : []),
    ...(series.length > 0 ? [table(seriesRows(series))] : []),
    ...(last ? [`requests of the last burst: all, and a client\n${table(requestRows(last))}`] : []),
    ...(atRest ? [table(restRows(atRest))] : []),
    ...(dueTogether ? [table(dueRows(dueTogether))] : []),
    ...(sweeps.length > 0 ? [table(sweepRows(sweeps))] : []),
    ...(deletions ? [table(deletionRows(deletions))] : []),
    ...(hostileAnswers.length > 0
      ? [`hostile answers, the worst of each provider (aim 100 ms)\n${table(answerRows(hostileAnswers))}`]
      : []),
    LEGEND,
  ].join('\n\n');
};

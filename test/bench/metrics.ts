/** What a scrape of `/metrics` says, and what has happened between two of them. */
export interface Scrape {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Since the scrape before: reading it begins it anew. An idle loop shows the 10 ms of its sampling. */
  readonly loopP99Ms: number;
  /** `create secrets`, `create secrets (dry run)`, `patch machineclients.machine-client.dev/status` → count */
  readonly requests: Readonly<Record<string, number>>;
  readonly passes: number;
  /** Keys that wait in the queue, or are worked on. */
  readonly busy: number;
}

const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/;

/** Prometheus' text format, as far as prom-client writes it. */
const samples = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', content = '']) => [
      key,
      content,
    ]);
    return name === ''
      ? []
      : [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });

export const parseScrape = (text: string): Scrape => {
  const all = samples(text);
  const sum = (name: string): number =>
    all.filter((sample) => sample.name === name).reduce((total, { value }) => total + value, 0);
  const requests: Record<string, number> = {};
  for (const { name, labels, value } of all) {
    if (name !== 'machine_client_operator_kube_requests_total') continue;
    const subresource = labels['subresource'] ? `/${labels['subresource']}` : '';
    const dryRun = labels['dry_run'] === 'true' ? ' (dry run)' : '';
    const what = `${labels['verb']} ${labels['resource']}${subresource}${dryRun}`;
    requests[what] = (requests[what] ?? 0) + value;
  }
  return {
    cpuSeconds: sum('process_cpu_seconds_total'),
    residentBytes: sum('process_resident_memory_bytes'),
    loopP99Ms: sum('nodejs_eventloop_lag_p99_seconds') * 1000,
    requests,
    passes: sum('machine_client_operator_reconcile_total'),
    busy: sum('workqueue_depth') + Math.ceil(sum('workqueue_longest_running_processor_seconds')),
  };
};

/** What was added, by name; names with nothing added are left out. */
export const added = (
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );

/** Of API requests, those that change something. */
export const writesIn = (requests: Readonly<Record<string, number>>): number =>
  Object.entries(requests)
    .filter(([what]) => /^(create|update|patch|delete) /.test(what) && !what.endsWith('(dry run)'))
    .reduce((total, [, count]) => total + count, 0);

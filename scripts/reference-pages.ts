/** Pages of docs/ that are tables of what the source says. */
import { reasons } from '../src/api/reasons.ts';
import { describeSettings } from '../src/config.ts';
import { makeMetrics } from '../src/observability/metrics.ts';
import { apiPage } from './api-page.ts';
import { between, table } from './markdown.ts';

const notice = (source: string): string =>
  `<!-- Generated from ${source} by \`npm run generate\`; do not edit. -->\n`;

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

const settingsTable = (): string =>
  table(
    ['flag', 'default', 'meaning'],
    describeSettings().map(({ name, fallback, description }) => [
      code(`--${name}`),
      code(fallback),
      description,
    ]),
  );

const settingsPage = (): string => `${notice('src/config.ts')}
# Settings

A setting comes from a flag, from an environment variable, or from the YAML file that \`--config\` names. A flag wins
over a variable, a variable over the file. An unknown setting, and a value of another form, is an error at the start
(exit code 2); for an unknown name it proposes the nearest one. Variables that begin with \`MCO_TEST_\`, and
\`MCO_CACHE_DIR\`, belong to the tests.

${table(
  ['flag', 'environment', 'form', 'default', 'meaning'],
  describeSettings().map(({ name, variable, form, fallback, description }) => [
    code(`--${name}`),
    code(variable),
    form,
    code(fallback),
    description,
  ]),
)}
\`--name value\` and \`--name=value\` are the same; a flag that is true or false may stand alone for true. In the file
the keys have no dashes before them, and lists may be YAML lists:

\`\`\`yaml
log-level: debug
watch-namespaces: [payments, billing]
allowed-provider-hosts: [api.stytch.com, test.stytch.com]
\`\`\`

## Notes

* With \`--watch-namespaces\` the operator sees nothing that is cluster-scoped: no ClusterIdentityProviders, and not
  whether a namespace is being deleted. Without \`--installation-id\` it still reads the namespace kube-system once.
* \`--installation-id\` must not change once there are clients: they bear it in their marks, and those of another
  installation are not touched. Two operators on one cluster need two ids, and must watch different namespaces.
* \`--token-audiences\` needs an operator that runs as a ServiceAccount and may \`create\` \`serviceaccounts/token\` of itself, which
  the chart grants with \`tokenAudiences\`; without that right it waits at its start, and its log says why. An audience of the
  API server is refused: whoever is sent a token for it could act as the operator ([decision 042](decisions/042-a-token-of-its-own-serviceaccount.md)).
* \`--leader-elect=false\` also creates the operator's namespace where it is missing. Use it for one process only.
* \`--settle-time\` is the least: the wait is never shorter than 5 s, the provider's \`connection.timeout\` and another
  5 s together.
`;

const reasonsPage = (): string => `${notice('src/api/reasons.ts')}
# Reasons

Every condition, event and held-back decision gives its reason as one word of this list, and no other. The same words
are in the logs (\`reason\`) and in the metric \`machine_client_operator_machineclients{ready, reason}\`. What to do
about the common ones: [troubleshooting.md](troubleshooting.md).

${table(
  ['reason', 'meaning'],
  Object.entries(reasons).map(([reason, { text }]) => [code(reason), text]),
)}`;

interface Described {
  readonly help: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

const metricsPage = (): string => {
  const { registry } = makeMetrics({
    ofProcess: true,
    queues: () => [],
    machineClients: () => [],
    accounts: () => [],
    leading: () => false,
    perObject: true,
  });
  const rows = registry.getMetricsAsArray().map((metric) => {
    const { name } = metric;
    const { help, type, labelNames = [] } = metric as unknown as Described & { readonly name: string };
    return [code(name), type, labelNames.map(code).join(', '), help];
  });
  const isOurs = ([name = '']: readonly string[]): boolean => /^`(machine_client|workqueue)/.test(name);
  return `${notice('src/observability')}
# Metrics

Served at \`/metrics\` of \`--metrics-address\`. Gauges that tell of objects are computed from the caches when they are
scraped: what is deleted has no series. Those with the labels \`namespace\` and \`name\` have one series for each
MachineClient, and can be switched off with \`--metrics-per-object=false\`. No metric holds a secret, or text of a
provider.

${table(['metric', 'type', 'labels', 'meaning'], rows.filter(isOurs))}
Besides these there are prom-client's own about the process and Node.js (\`process_…\`, \`nodejs_…\`), with the delay of
the event loop.

## Health

At \`--health-address\`, as text with a line for each check, status 200 or 503:

* \`/livez\` fails where a restart helps: a watch of which nothing was heard for 15 minutes although it is connected, a
  key that has waited for 10 minutes while this replica leads, an event loop that stood still for 10 s, a wall clock that
  was moved by more than 5 minutes since the start, a lost lease. An API server or a provider that does not answer is no
  reason.
* \`/readyz\` succeeds when the caches are filled: this replica could lead. It says which are not, and why.
* \`/healthz\` is \`/livez\` under its former name.
`;
};

/** Path and content of each page. */
export const referencePages = (): readonly (readonly [path: string, content: string])[] => [
  ['docs/reference/api.md', apiPage()],
  ['docs/metrics.md', metricsPage()],
  ['docs/settings.md', settingsPage()],
  ['docs/reasons.md', reasonsPage()],
];

const begin = '<!-- settings: generated from src/config.ts by `npm run generate` -->\n';
const end = '<!-- end of settings -->';

/** The README with its table of settings written anew. */
export const withSettings = (readme: string): string =>
  between(readme, 'README.md', begin, end, settingsTable());

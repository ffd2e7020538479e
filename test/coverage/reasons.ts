const asProcess = 'It is run as a process of its own, which is not counted here';
const late =
  'A guard for what comes late or twice: an end in the middle, a race that is lost, a provider that is gone';
const cannot = 'The types exclude it; it is there so that a mistake is told, and not passed over';

/**
 * Why the fast tests do not come to some lines of a file or a folder, and who does. The innermost one counts. A file in
 * which every line is come to needs none.
 */
export const reasons: ReadonlyMap<string, string> = new Map([
  ['src/main.ts', `${asProcess}: all of test/integration`],
  ['src/start.ts', `${asProcess}: all of test/integration`],
  ['src/config.ts', `${asProcess}: test/integration/settings.test.ts`],
  ['src/cli', `${asProcess}: test/integration/cli.test.ts, test/install/kubectl.test.ts, test/docs`],
  ['src/observability', `${asProcess}: the metrics and probes of test/integration and test/install`],
  ['src/controllers', `${asProcess}: restarts, refusals and references in test/integration`],
  [
    'src/machine-client/carry-out',
    'Secrets that the API server refuses, and entries and templates of them: test/integration (secret-refused, secret, adoption)',
  ],
  [
    'src/machine-client/named.ts',
    'Events about requests and jobs that are too many: test/integration (requests, bad-input)',
  ],
  [
    'src/machine-client/observe.ts',
    'Two objects of one client or one Secret: test/integration (adoption, secret-refused)',
  ],
  ['src/machine-client', late],
  [
    'src/machine-client/policies/ephemeral/index.ts',
    'Answers of a style that has no clients: nobody asks for them',
  ],
  ['src/machine-client/policies', late],
  ['src/accounts', late],
  ['src/api/crd', `${asProcess}: npm run generate, and its comparison in npm run lint`],
  ['src/api', 'Objects that the API server does not store: a last guard behind its schema'],
  ['src/kube', late],
  [
    'src/providers/partition.ts',
    'An organization that cannot be listed: test/integration/scalekit-organizations.test.ts',
  ],
  [
    'src/providers/sweeper.ts',
    'An organization that cannot be listed: test/integration/scalekit-organizations.test.ts',
  ],
  ['src/providers', cannot],
  ['src/runtime', late],
]);

/** Which behaviours are asked of which provider: the lists that the conformance suites run, as tables. */
import type { ProviderModule } from '../src/providers/module.ts';
import { checksOf, missing } from '../test/conformance/behaviour.ts';
import { faults } from '../test/conformance/faults.ts';
import { type Suite, suites } from '../test/conformance/suites.ts';
import { between, table } from './markdown.ts';

/** Its name, and the tests that stand beside it. */
export interface Tested {
  readonly type: string;
  readonly module: ProviderModule;
  readonly tests: string;
}

const suiteOf = ({ type, module, tests }: Tested): Suite => {
  const [suite, ...others] = suites.filter(({ covers }) => covers(module.capabilities));
  if (!suite || others.length > 0)
    throw new Error(`${type} must be covered by one suite of test/conformance/suites.ts`);
  if (!tests.includes(`${suite.runBy}(`)) throw new Error(`the tests of ${type} do not run ${suite.runBy}`);
  return suite;
};

const rowsOf = ({ groups }: Suite, columns: readonly Tested[]): readonly (readonly string[])[] =>
  groups.flatMap(({ title, behaviours }) =>
    behaviours.map((behaviour, index) => [
      index === 0 ? `**${title}**` : '',
      behaviour.name,
      ...columns.map(({ module }) => {
        const reason = missing(behaviour, module.capabilities);
        return reason === undefined ? '✓' : `– ${reason}`;
      }),
    ]),
  );

const testsOf = ({ groups }: Suite, { module: { capabilities } }: Tested): number =>
  groups
    .flatMap(({ behaviours }) => behaviours)
    .filter((behaviour) => missing(behaviour, capabilities) === undefined)
    .reduce((sum, behaviour) => sum + checksOf(behaviour, capabilities).length, 0);

const section = (suite: Suite, columns: readonly Tested[]): string => {
  const head = ['', 'behaviour', ...columns.map(({ type }) => type)];
  const tests = ['', 'tests', ...columns.map((one) => String(testsOf(suite, one)))];
  return `**${suite.title}**\n\n${table(head, [...rowsOf(suite, columns), tests])}`;
};

const begin = '<!-- conformance -->\n';
const end = '<!-- /conformance -->';

export const withConformance = (page: string, path: string, providers: readonly Tested[]): string => {
  const tables = [...Map.groupBy(providers, suiteOf)].map(([suite, columns]) => section(suite, columns));
  const each = `*Under faults* each call meets these, one test each: ${faults.map(([name]) => name).join('; ')}.\n`;
  return between(page, path, begin, end, [...tables, each].join('\n'));
};

/** The last table of docs/threat-model.md: every attempt of test/hostile, by what is tried and how it ends. */
import { hostileAnswers, hostilePages, hostileSweeps } from '../test/hostile/answers.ts';
import { hostileHeaders } from '../test/hostile/headers.ts';
import { hostileObjects } from '../test/hostile/objects.ts';
import { hostileSegments } from '../test/hostile/path-segments.ts';
import { hostileAddresses, hostileUrls } from '../test/hostile/urls.ts';
import { between, table } from './markdown.ts';

interface Attempt {
  readonly name: string;
  readonly ends: string;
}

/** What is tried, each with how its attempts are described in the table. */
const kinds: readonly (readonly [what: string, attempts: readonly Attempt[], examples: boolean])[] = [
  ['an answer to any call of any provider', hostileAnswers, true],
  ['a page of a list', hostilePages, true],
  ['the pages of one list, each well formed', hostileSweeps, true],
  ['a header of `connection.headers`', hostileHeaders, false],
  ['an id that goes into a path', hostileSegments, false],
  ['an address that a name resolves to', hostileAddresses, false],
  ['a URL of a provider or a proxy', hostileUrls, false],
  ['a stored MachineClient', hostileObjects, true],
];

const MOST_NAMED = 8;

const named = (attempts: readonly Attempt[]): string => {
  const names = attempts.map(({ name }) => name.replaceAll('|', '\\|'));
  const more = names.length - MOST_NAMED;
  return [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};

const rowsOf = (what: string, attempts: readonly Attempt[], examples: boolean): readonly string[][] =>
  [...Map.groupBy(attempts, ({ ends }) => ends)].map(([ends, all]) => [
    what,
    String(all.length),
    ends,
    examples ? named(all) : '',
  ]);

const begin = '<!-- attempts: generated from test/hostile by `npm run generate` -->\n';
const end = '<!-- end of attempts -->';

/** docs/threat-model.md with its last table written anew. */
export const withAttempts = (page: string): string =>
  between(
    page,
    'docs/threat-model.md',
    begin,
    end,
    table(
      ['what is tried', 'how often', 'how it ends', 'such as'],
      kinds.flatMap(([what, attempts, examples]) => rowsOf(what, attempts, examples)),
    ),
  );

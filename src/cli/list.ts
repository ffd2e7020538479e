import type { Attention } from '../api/reasons.ts';
import { byUrgency } from './attention.ts';
import type { ClientReport } from './report.ts';
import { drawTable } from './table.ts';
import type { Paint, Style } from './terminal.ts';
import { moment } from './times.ts';

const signs: Readonly<Record<Attention, readonly [sign: string, style: Style]>> = {
  act: ['!', 'red'],
  wait: ['…', 'yellow'],
  rest: ['', 'green'],
};

/** What is to be said of it in one line: what is most urgent, else what comes next. */
const gist = ({ waits, provider, nextRotationTime, deleting }: ClientReport, now: number): string => {
  const [first] = waits;
  if (first) return `${first.reason}: ${first.message}`;
  if (provider.ready === 'False')
    return `${provider.kind} ${provider.name}: ${provider.reason}: ${provider.message}`;
  if (deleting) return 'being deleted';
  return nextRotationTime === undefined ? '' : `next rotation ${moment(nextRotationTime, now)}`;
};

const byName = (a: ClientReport, b: ClientReport): number =>
  a.namespace === b.namespace ? compare(a.name, b.name) : compare(a.namespace, b.namespace);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export const sortReports = (reports: readonly ClientReport[]): readonly ClientReport[] =>
  reports.toSorted((a, b) => byUrgency(a.attention, b.attention) || byName(a, b));

/** A line each, in the order of `sortReports`. */
export const listOf = (
  reports: readonly ClientReport[],
  options: {
    readonly now: number;
    readonly width: number | undefined;
    readonly namespaces: boolean;
    readonly paint: Paint;
  },
): string => {
  const { now, width, namespaces, paint } = options;
  const head = [...(namespaces ? ['NAMESPACE'] : []), 'NAME', 'READY', 'SECRET', '', 'WHAT IS GOING ON'];
  const rows = reports.map((report) => {
    const { namespace, name, attention, ready, secret } = report;
    const [sign, style] = signs[attention];
    return [
      ...(namespaces ? [namespace] : []),
      name,
      paint(style, ready),
      secret.version === undefined ? '-' : `${secret.name} v${secret.version}`,
      paint(style, sign),
      gist(report, now),
    ];
  });
  return drawTable(head, rows, width);
};

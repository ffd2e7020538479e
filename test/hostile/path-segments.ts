/**
 * Ids that become a segment of a path: of clients, organizations and credentials. An entry is one line of the table in
 * docs/threat-model.md: what is tried, and how it ends.
 */
export interface HostileSegment {
  readonly kind: 'path-segment';
  readonly name: string;
  readonly segment: string;
  readonly ends: 'refused' | 'sent as one segment';
}

const segment = (ends: HostileSegment['ends'], ...segments: readonly string[]): HostileSegment[] =>
  segments.map((one) => ({ kind: 'path-segment', name: JSON.stringify(one), segment: one, ends }));

export const hostileSegments: readonly HostileSegment[] = [
  ...segment(
    'refused',
    '',
    '.',
    '..',
    '/',
    '\\',
    './',
    '../',
    '..\\',
    '../x',
    'x/..',
    'x/../y',
    'x//y',
    '/x',
    'x/',
    './x',
  ),
  ...segment(
    'refused',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%2e%2e%2fx',
    '..%2fx',
    '..%5cx',
    'x%2f..',
    '%252e%252e',
    '%25252e%25252e',
  ),
  ...segment('refused', '..;', '..;x=y', '..;/x', ';', '.;', '%2e%2e;x'),
  ...segment('refused', '\ud800', 'x\udfff'),
  ...segment(
    'sent as one segment',
    '...',
    '.a',
    'a.',
    '..a',
    'a..b',
    'a/b',
    'a\\b',
    'a;b',
    'a?b',
    'a#b',
    'a b',
    'a%2fb',
    'a%00b',
  ),
  ...segment(
    'sent as one segment',
    'a\tb',
    'a\nb',
    'a\r\nX: y',
    '\u0000a',
    'ä',
    '．．',
    '\u2024\u2024',
    '@evil.org',
    ':8080',
    '%',
    '%zz',
    '~',
    '*',
  ),
];

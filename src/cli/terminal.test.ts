import { expect, test } from 'vitest';
import { Progress } from './progress.ts';
import { isColoured, type Terminal } from './terminal.ts';
import { moment, span } from './times.ts';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  // https://no-color.org: an empty one counts for nothing.
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
])('a terminal: %s, %j: coloured %s', (isTerminal, env, expected) => {
  expect(isColoured(isTerminal, env)).toBe(expected);
});

test.each([
  [0, '0s'],
  [-5_000, '0s'],
  [90_000, '90s'],
  [120_000, '2m'],
  [119 * 60_000, '119m'],
  [47 * 3_600_000, '47h'],
  [48 * 3_600_000, '2d'],
])('%d ms are %s', (ms, expected) => {
  expect(span(ms)).toBe(expected);
});

test('a moment is told with how far away it is', () => {
  const now = Date.UTC(2026, 5, 1);
  expect(moment('2026-06-01T00:10:00Z', now)).toBe('2026-06-01T00:10:00Z (in 10m)');
  expect(moment('2026-05-31T23:59:00Z', now)).toBe('2026-05-31T23:59:00Z (60s ago)');
  expect(moment('no time', now)).toBe('no time');
});

test('progress is one line on a terminal, and a line for each change elsewhere', () => {
  const shown = (redraws: boolean): string => {
    let text = '';
    const terminal: Terminal = {
      width: 20,
      coloured: false,
      interactive: false,
      redraws,
      out: () => {},
      err: (more) => void (text += more),
      ask: async () => '',
    };
    {
      using progress = new Progress(terminal);
      for (const word of ['one', 'one', 'two, and very much more']) progress.say(word);
    }
    return text;
  };
  expect(shown(false)).toBe('one\ntwo, and very much more\n');
  expect(shown(true)).toBe('\r\x1b[2Kone\r\x1b[2Ktwo, and very much \r\x1b[2K');
});

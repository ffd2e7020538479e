import type { Round, Stage } from './stages.ts';

/** A script of package.json, without npm's own lines. */
export const npm = (script: string, ...args: readonly string[]): Stage['command'] => [
  'npm',
  'run',
  '--silent',
  script,
  ...(args.length > 0 ? ['--', ...args] : []),
];

/** What `npm test` does, in lanes (`stages.ts`). */
export const testLanes: Round = [
  // Waits for processes, servers and clocks, most of the time; twenty times faster than they are. So the other lane has
  // the processor only where this one leaves it: without that, three of 728 tests found their times overrun.
  [{ name: 'integration', command: npm('test:integration') }],
  [
    { name: 'types', command: npm('typecheck'), yields: true },
    { name: 'lint', command: npm('lint'), yields: true },
    { name: 'unit', command: npm('test:unit'), yields: true },
    { name: 'corpus', command: npm('test:simulation', '--corpus'), yields: true },
  ],
];

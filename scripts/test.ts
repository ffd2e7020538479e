import { runLanes, type Stage } from './stages.ts';

/** `npm test`: everything that a change should have passed before anybody else sees it. */

const npm = (script: string, ...args: readonly string[]): Stage['command'] => [
  'npm',
  'run',
  '--silent',
  script,
  ...(args.length > 0 ? ['--', ...args] : []),
];

const ok = await runLanes([
  // Waits for processes, servers and clocks, most of the time; twenty times faster than they are. So the other lane has
  // the processor only where this one leaves it: without that, three of 728 tests found their times overrun.
  [{ name: 'integration', command: npm('test:integration') }],
  [
    { name: 'types', command: npm('typecheck'), yields: true },
    { name: 'lint', command: npm('lint'), yields: true },
    { name: 'unit', command: npm('test:unit'), yields: true },
    { name: 'simulation', command: npm('test:simulation', '--corpus'), yields: true },
  ],
]);
if (!ok) process.exitCode ??= 1;

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
  // Waits for processes, servers and clocks, most of the time: beside it the other lane has the processor.
  [{ name: 'integration', command: npm('test:integration') }],
  [
    { name: 'types', command: npm('typecheck') },
    { name: 'lint', command: npm('lint') },
    { name: 'unit', command: npm('test:unit') },
    { name: 'simulation', command: npm('test:simulation', '--schedules', '500') },
  ],
]);
if (!ok) process.exitCode ??= 1;

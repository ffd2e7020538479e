import { npm, testLanes } from './commands.ts';
import { type Round, runRounds } from './stages.ts';

const alone = (name: string, command = npm(`test:${name}`)): Round => [[{ name, command }]];

/**
 * `npm run ci`: what lands has passed all of it. What fails ends nothing that comes after it: one run says all that is
 * wrong. An interrupt ends it.
 */
await runRounds(
  testLanes,
  [
    [{ name: 'long', command: npm('test:long') }],
    [
      { name: 'exhaustive', command: npm('test:exhaustive'), yields: true },
      { name: 'simulation', command: npm('test:simulation'), yields: true },
      { name: 'fresh', command: npm('test:simulation', '--fresh', '--schedules', '100'), yields: true },
    ],
    // Servers of others take minutes to build where the cache does not have them, and what else is here does not need them.
    [{ name: 'servers', command: npm('upstreams'), yields: true }],
  ],
  alone('upstreams'),
  alone('install'),
  alone('host'),
  alone('docs'),
  alone('faults'),
  alone('build', npm('build')),
  alone('demo', npm('demo', '--once')),
  alone('advisories', npm('advisories')),
);

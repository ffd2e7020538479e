import { systemClock } from '../runtime/clock.ts';
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// `kubectl machine-client status | head -1`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  terminal: processTerminal(process),
  clock: systemClock,
  random: Math.random,
  env: process.env,
});

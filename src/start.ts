import { readConfig, usage } from './config.ts';
import { systemNetwork } from './controllers/network.ts';
import { runOperator } from './controllers/operator.ts';
import { makeLogger } from './observability/log.ts';
import { systemClock } from './runtime/clock.ts';
import { OperatorError } from './runtime/errors.ts';

const main = async (): Promise<void> => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    process.stdout.write(usage());
    return;
  }
  const config = readConfig(args, process.env);
  const log = makeLogger(config['log-level']);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop.abort(new Error(signal));
    });
  try {
    await runOperator(
      {
        config,
        clock: systemClock,
        random: Math.random,
        network: systemNetwork,
        log,
        environment: process.env,
      },
      stop.signal,
    );
    log.info('stopped');
  } catch (error) {
    if (stop.signal.aborted) return;
    log.fatal({ err: error }, 'the operator cannot go on');
    process.exitCode = 1;
  }
};

try {
  await main();
} catch (error) {
  // Settings: before there is a logger.
  if (!(error instanceof OperatorError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 2;
}

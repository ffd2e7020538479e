/**
 * `npm run -s simulator -- NAME [FLAGS]`: runs one simulator until SIGTERM or SIGINT. Prints one JSON line when it
 * listens, `{"url", "controlUrl", "credentials"}`, and nothing else on stdout. See README.md.
 */
import * as z from 'zod';
import { asError } from '../../src/runtime/errors.ts';
import { type StartOptions, simulators } from './catalogue.ts';
import { parseCommandLine } from './command-line.ts';

const start = async (name: string, options: StartOptions): Promise<void> => {
  const begin = simulators[name];
  if (begin === undefined) {
    throw new Error(`no simulator is called "${name}"; there are: ${Object.keys(simulators).join(', ')}`);
  }
  const simulator = await begin(options);
  // Exits although a delayed call may still have its timer armed.
  const stop = (): void => {
    void simulator[Symbol.asyncDispose]().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { url, controlUrl, credentials } = simulator;
  process.stdout.write(`${JSON.stringify({ url, controlUrl, credentials })}\n`);
};

try {
  const { name, options } = parseCommandLine(process.argv.slice(2));
  await start(name, options);
} catch (error) {
  const text = error instanceof z.ZodError ? z.prettifyError(error) : asError(error).message;
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config.ts';
import { KubeError } from '../kube/errors.ts';
import { OperatorError } from '../runtime/errors.ts';
import { printable, printableJson } from '../runtime/printable.ts';

/**
 * An error in a log line: what is stable and known to be free of bodies and secrets. Foreign errors give their name,
 * code and stack frames, not their message: it may quote what was being parsed.
 */
const describe = (error: unknown): object => {
  if (error instanceof KubeError)
    return {
      code: error.code,
      message: printable(error.message),
      status: error.status,
      reason: error.reason,
    };
  if (error instanceof OperatorError) return { code: error.code, message: printable(error.message) };
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8);
  return {
    type: error.name,
    ...('code' in error && { code: String(error.code) }),
    stack: frames.map((line) => printable(line.trim(), 256)),
  };
};

/** Synchronous, for by default pino writes later: what was said before a SIGKILL is there. */
const stdout = (): DestinationStream => pino.destination({ fd: 1, sync: true });

/** JSON lines, on stdout, with nothing in them that a terminal would obey. */
export const makeLogger = (level: LogLevel, destination: DestinationStream = stdout()): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: describe,
        error: (value: unknown) => (typeof value === 'string' ? printable(value) : describe(value)),
      },
    },
    { write: (line: string) => destination.write(printableJson(line)) },
  );

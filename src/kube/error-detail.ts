import { OperatorError } from '../runtime/errors.ts';

/** https://nodejs.org/api/errors.html#class-systemerror; an error of OpenSSL or undici has the code alone. */
interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/**
 * What went wrong below HTTP, in words that are the same at each try: the code of Node and OpenSSL with the address or
 * the file that it speaks of. The texts of such errors vary; the one of our own is ours.
 */
export const detailOf = (cause: unknown): string | undefined => {
  if (cause instanceof OperatorError) return cause.message;
  // Of several addresses each has its own error: the first one speaks for all.
  const one: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(one instanceof Error)) return undefined;
  const { code, path, address, port, hostname } = one as SystemError;
  if (code === undefined) return undefined;
  const where = path ?? (address === undefined ? hostname : `${address}:${port}`);
  return where === undefined ? code : `${code} ${where}`;
};

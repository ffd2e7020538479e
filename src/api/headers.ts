/**
 * Headers of the connection and of the message's framing (RFC 9110, section 7.6.1; RFC 9112, section 6), which a user
 * cannot set: with another value than ours a request would end elsewhere, or where the next one begins.
 */
export const connectionHeaders = [
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const;

/** `Proxy-Authorization`, `Proxy-Connection` and whatever else is meant for a proxy. */
export const proxyHeaderPrefix = 'proxy-';

const names: ReadonlySet<string> = new Set(connectionHeaders);

/** In any case of letters. */
export const isConnectionHeader = (name: string): boolean =>
  names.has(name.toLowerCase()) || name.toLowerCase().startsWith(proxyHeaderPrefix);

export const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization';

import { request as requestInTheClear, type RequestOptions } from 'node:http';
import { request as requestOverTls } from 'node:https';
import { isIP, isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import { systemClock } from './clock.ts';

/**
 * The part of the network path that ends at the proxy failed. The message is for a sentence: `the proxy answered 407`,
 * `the proxy: ECONNREFUSED`. Its code is its own: undici tries a connection again by some of the codes of others.
 */
export class ProxyFailure extends Error {
  readonly code = 'EPROXY';
}

export interface Tunnel {
  /** http or https. User information in it is sent as Basic credentials (RFC 7617). */
  readonly proxyUrl: URL;
  /** For the way to the proxy and its answer, and once more for TLS with whatever is behind it. */
  readonly timeoutMs: number;
  /** How the proxy's own name is looked up. */
  readonly lookup?: LookupFunction | undefined;
  /** TLS with what is behind the proxy. */
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'> & {
    readonly keepAlive?: boolean;
    readonly keepAliveInitialDelay?: number;
  };
}

const login = ({ username, password }: URL): Record<string, string> => {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/**
 * Opens a tunnel by CONNECT (RFC 9110, section 9.3.6), and ends with a deadline whatever the proxy does. undici's own
 * ProxyAgent waits five minutes for the answer to its CONNECT, for what stands in its queue even longer, and looks the
 * proxy up without asking anybody. The certificate of an https proxy is always checked.
 */
const open = (
  { proxyUrl, timeoutMs, lookup }: Tunnel,
  authority: string,
  done: (result: Duplex | ProxyFailure) => void,
): void => {
  const isSecure = proxyUrl.protocol === 'https:';
  const host = proxyUrl.hostname.replace(/^\[|\]$/g, '');
  const options: RequestOptions = {
    method: 'CONNECT',
    host,
    port: proxyUrl.port === '' ? (isSecure ? 443 : 80) : proxyUrl.port,
    path: authority,
    headers: { host: authority, ...login(proxyUrl) },
    agent: false,
    ...(lookup && { lookup }),
  };
  const request = isSecure
    ? // Without a name of its own Node would ask for the certificate of what the Host header names.
      requestOverTls({ ...options, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: true })
    : requestInTheClear(options);
  let isOver = false;
  const end = (result: Duplex | ProxyFailure): void => {
    if (isOver) return;
    isOver = true;
    deadline[Symbol.dispose]();
    if (result instanceof ProxyFailure) request.destroy();
    done(result);
  };
  const deadline = systemClock.timer(timeoutMs, () =>
    end(new ProxyFailure(`the proxy did not answer within ${timeoutMs} ms`)),
  );
  request.on('error', (cause: NodeJS.ErrnoException) =>
    end(new ProxyFailure(`the proxy: ${cause.code ?? 'the connection broke'}`, { cause })),
  );
  request.on('connect', ({ statusCode = 0 }, socket, head) => {
    // One whose owner has gone must not end the process.
    socket.on('error', () => {});
    // Nothing that stands behind a tunnel speaks first, so what comes with the answer is the proxy's own.
    if (isSuccess(statusCode) && head.length === 0) end(socket);
    else {
      socket.destroy();
      end(new ProxyFailure(`the proxy answered ${statusCode}`));
    }
  });
  request.end();
};

/** For `connect` of an undici Agent: every connection goes through a tunnel of its own. */
export const tunnelConnector = (tunnel: Tunnel): buildConnector.connector => {
  const secure = buildConnector({ ...tunnel.tls, allowH2: false, timeout: tunnel.timeoutMs });
  return (target, callback) => {
    const { protocol, hostname, port } = target;
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
    const authority = `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
    open(tunnel, authority, (result) => {
      if (result instanceof ProxyFailure) callback(result, null);
      else if (protocol === 'https:') secure({ ...target, httpSocket: result as Socket }, callback);
      else callback(null, result as Socket);
    });
  };
};

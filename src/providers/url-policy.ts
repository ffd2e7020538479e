import { isIP } from 'node:net';
import { refusedAddress } from './addresses.ts';

/**
 * A namespaced provider sends the Secret key that it names to the URL that it names. So whoever may write providers
 * must not reach what only the operator can: itself, the node and a cloud's metadata service, nor send a credential in
 * the clear.
 */
export interface UrlPolicy {
  /** Host names, or patterns with a leading `*.`; empty: all. */
  readonly allowedHosts: readonly string[];
  readonly allowInsecure: boolean;
}

const matches = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;

/** A name may end with the root's dot. */
const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$|\.+$/g, '').toLowerCase();

const needsFlag = 'which needs --allow-insecure-provider-urls';

const refuseUnlisted = (host: string, { allowedHosts }: UrlPolicy): string | undefined =>
  allowedHosts.length > 0 && !allowedHosts.some((pattern) => matches(pattern.toLowerCase(), host))
    ? `the host ${host} is not one of --allowed-provider-hosts`
    : undefined;

const refuseAddress = (host: string): string | undefined => {
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  const kind = isLocalName ? 'a loopback address' : isIP(host) === 0 ? undefined : refusedAddress(host);
  return kind === undefined ? undefined : `${host} is ${kind}, ${needsFlag}`;
};

/**
 * Why this URL is not allowed, or undefined. Names are judged again by the addresses that they resolve to, at each
 * connection (connection.ts).
 */
export const refuseUrl = (url: string, policy: UrlPolicy): string | undefined => {
  const { protocol } = new URL(url);
  const host = hostOf(url);
  const unlisted = refuseUnlisted(host, policy);
  if (unlisted !== undefined || policy.allowInsecure) return unlisted;
  return protocol === 'https:' ? refuseAddress(host) : `${protocol}//${host} is not https, ${needsFlag}`;
};

/**
 * A proxy may be spoken to in the clear, because what passes through it to the provider is encrypted from end to end.
 * For the rest it is held to what a provider is held to.
 */
export const refuseProxyUrl = (url: string, policy: UrlPolicy): string | undefined => {
  const host = hostOf(url);
  return refuseUnlisted(host, policy) ?? (policy.allowInsecure ? undefined : refuseAddress(host));
};

import { BlockList, isIP } from 'node:net';

/**
 * A namespaced provider sends the Secret key that it names to the URL that it names. So whoever may write providers
 * must not reach what only the operator can: itself and the node (loopback, link-local with its metadata service),
 * nor send a credential in the clear.
 */
export interface UrlPolicy {
  /** Host names, or patterns with a leading `*.`; empty: all. */
  readonly allowedHosts: readonly string[];
  readonly allowInsecure: boolean;
}

const local = new BlockList();
local.addSubnet('127.0.0.0', 8, 'ipv4');
local.addSubnet('0.0.0.0', 8, 'ipv4');
local.addSubnet('169.254.0.0', 16, 'ipv4');
local.addAddress('::', 'ipv6');
local.addAddress('::1', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');

export const isLocalAddress = (address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && local.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

const matches = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;

/** A name may end with the root's dot. */
const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();

/** Why this URL is not allowed, or undefined. Names are checked again for the addresses they resolve to (http.ts). */
export const refuseUrl = (url: string, policy: UrlPolicy): string | undefined => {
  const { protocol } = new URL(url);
  const host = hostOf(url);
  if (
    policy.allowedHosts.length > 0 &&
    !policy.allowedHosts.some((pattern) => matches(pattern.toLowerCase(), host))
  )
    return `the host ${host} is not one of --allowed-provider-hosts`;
  if (policy.allowInsecure) return undefined;
  if (protocol !== 'https:')
    return `${protocol}//${host} is not https, which needs --allow-insecure-provider-urls`;
  return refuseLocal(host);
};

/**
 * A proxy may be spoken to in the clear, and need not be an allowed host: what passes through it to the provider is
 * encrypted from end to end. It may no more be this machine than a provider may.
 */
export const refuseProxyUrl = (url: string, policy: UrlPolicy): string | undefined =>
  policy.allowInsecure ? undefined : refuseLocal(hostOf(url));

const refuseLocal = (host: string): string | undefined => {
  if (isLocalAddress(host) || host === 'localhost' || host.endsWith('.localhost'))
    return `${host} is a loopback or link-local address, which needs --allow-insecure-provider-urls`;
  return undefined;
};

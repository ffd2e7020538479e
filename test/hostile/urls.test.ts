import { describe, expect, test } from 'vitest';
import { refusedAddress } from '../../src/providers/addresses.ts';
import { refuseProxyUrl, refuseUrl } from '../../src/providers/url-policy.ts';
import { hostileAddresses, hostileUrls } from './urls.ts';

/** Every entry of urls.ts: as the URL of a provider, as that of a proxy, and as what a name resolves to. */

const isRefused = (url: string, allowedHosts: readonly string[] = []) => ({
  provider: refuseUrl(url, { allowedHosts, allowInsecure: false }) !== undefined,
  proxy:
    refuseProxyUrl(url.replace(/^https:/, 'http:'), { allowedHosts, allowInsecure: false }) !== undefined,
});
const both = (ends: string) => ({ provider: ends === 'refused', proxy: ends === 'refused' });

describe('an address', () => {
  test.each(hostileAddresses)('$name is $ends', ({ address, ends }) => {
    expect(refusedAddress(address) === undefined ? 'allowed' : 'refused').toBe(ends);
    // A URL knows no zones.
    if (!address.includes('%'))
      expect(isRefused(`https://${address.includes(':') ? `[${address}]` : address}:8443/x`)).toEqual(
        both(ends),
      );
  });
});

test.each(hostileUrls)(
  '$name is $ends, where these are allowed: $allowedHosts',
  ({ url, ends, allowedHosts }) => {
    expect(isRefused(url, allowedHosts)).toEqual(both(ends));
  },
);

test('with --allow-insecure-provider-urls all but the list is lifted', () => {
  for (const { url, allowedHosts = [], ends } of hostileUrls) {
    const expected = allowedHosts.length > 0 && ends === 'refused';
    for (const refuse of [refuseUrl, refuseProxyUrl])
      expect(refuse(url, { allowedHosts, allowInsecure: true }) !== undefined, url).toBe(expected);
  }
});

import { describe, expect, test } from 'vitest';
import { refuseUrl } from './url-policy.ts';

const open = { allowedHosts: [], allowInsecure: false };
const allows = (url: string, policy: Parameters<typeof refuseUrl>[1] = open): boolean =>
  refuseUrl(url, policy) === undefined;

describe('without flags', () => {
  test.each(['https://api.stytch.com', 'https://10.0.0.1:8443/prefix', 'https://gateway.svc'])(
    '%s is allowed',
    (url) => {
      expect(allows(url)).toBe(true);
    },
  );

  test.each([
    'http://api.stytch.com',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[fe80::1]',
    'https://169.254.169.254/latest',
    'https://localhost',
    'https://LOCALHOST:8443',
    'https://a.localhost',
    'https://localhost.',
    'https://a.localhost.',
  ])('%s is refused', (url) => {
    expect(allows(url)).toBe(false);
  });
});

test('--allow-insecure-provider-urls lets http and loopback through', () => {
  for (const url of ['http://127.0.0.1:8099', 'http://localhost', 'https://169.254.169.254'])
    expect(allows(url, { ...open, allowInsecure: true })).toBe(true);
});

describe('--allowed-provider-hosts', () => {
  const policy = { allowedHosts: ['api.stytch.com', '*.Example.com'], allowInsecure: true };
  test.each([
    ['https://api.stytch.com', true],
    ['https://API.stytch.com/x', true],
    ['https://a.example.com', true],
    ['https://a.b.example.com', true],
    ['https://example.com', false],
    ['https://notexample.com', false],
    ['https://api.stytch.com.evil.org', false],
    ['https://evil.org/api.stytch.com', false],
    ['http://127.0.0.1', false],
  ])('%s: %s', (url, expected) => {
    expect(allows(url, policy)).toBe(expected);
  });

  test('it is said which host, and never the path', () => {
    expect(refuseUrl('https://evil.org/secret', policy)).toBe(
      'the host evil.org is not one of --allowed-provider-hosts',
    );
  });
});

/**
 * Where a URL, the URL of a proxy, or a name in one of them may lead. An entry is one line of the table in
 * docs/threat-model.md: what is tried, and how it ends.
 */

export type UrlEnd = 'refused' | 'allowed';

/** What a name may resolve to, and with it what a URL may name. */
export interface HostileAddress {
  readonly kind: 'address';
  readonly name: string;
  readonly address: string;
  readonly ends: UrlEnd;
}

export interface HostileUrl {
  readonly kind: 'url';
  readonly name: string;
  /** With https, and as a proxy's as well. */
  readonly url: string;
  readonly ends: UrlEnd;
  /** Of --allowed-provider-hosts; left out: all. */
  readonly allowedHosts?: readonly string[];
}

const address = (ends: UrlEnd, name: string, ...addresses: readonly string[]): HostileAddress[] =>
  addresses.map((one) => ({ kind: 'address', name: `${name}: ${one}`, address: one, ends }));

export const hostileAddresses: readonly HostileAddress[] = [
  ...address('refused', 'loopback', '127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1'),
  ...address('refused', 'unspecified', '0.0.0.0', '0.1.2.3', '::'),
  ...address(
    'refused',
    'link-local',
    '169.254.0.1',
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'febf::1',
    'fe80::a9fe:a9fe',
  ),
  ...address('refused', 'multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'),
  ...address('refused', 'broadcast', '255.255.255.255'),
  ...address(
    'refused',
    'reserved',
    '240.0.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
  ),
  ...address(
    'refused',
    'reserved',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '2001:10::1',
    '2001:20::1',
    '4000::1',
    '5f00::1',
    'e000::1',
  ),
  ...address('refused', 'metadata of Amazon', 'fd00:ec2::254', 'fd00:ec2::23'),
  ...address('refused', 'metadata of Google', 'fd20:ce::254'),
  ...address('refused', 'metadata of Azure', '168.63.129.16'),
  ...address('refused', 'metadata of Alibaba', '100.100.100.200'),
  ...address('refused', 'metadata of Oracle', '192.0.0.192', 'fd00:c1::a9fe:a9fe'),
  ...address('refused', 'metadata of Akamai', 'fd00:a9fe:a9fe::1'),
  ...address('refused', 'metadata of Scaleway', '169.254.42.42', 'fd00:42::42'),
  ...address(
    'refused',
    'IPv4-mapped',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0.0.0.0',
    '::ffff:168.63.129.16',
    '::ffff:7f00:1',
  ),
  ...address('refused', 'IPv4-compatible', '::127.0.0.1', '::a9fe:a9fe', '::2'),
  ...address('refused', 'IPv4-translated', '::ffff:0:127.0.0.1', '::ffff:0:a9fe:a9fe'),
  ...address(
    'refused',
    'NAT64',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::6464:64c8',
    '64:ff9b:1::1',
    '64:ff9b:1:7f00:0:100::',
  ),
  ...address('refused', '6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1'),
  ...address('refused', 'Teredo', '2001::1', '2001:0:7f00:1::'),
  ...address('refused', 'with a zone', 'fe80::1%eth0', '::1%lo'),
  ...address(
    'allowed',
    'private',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
  ),
  ...address(
    'allowed',
    'public',
    '8.8.8.8',
    '104.18.0.1',
    '126.255.255.255',
    '128.0.0.1',
    '223.255.255.254',
    '2606:4700::1',
    '2a00::1',
  ),
  ...address(
    'allowed',
    'private or public, within IPv6',
    '::ffff:10.0.0.1',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ),
];

const url = (ends: UrlEnd, ...urls: readonly string[]): HostileUrl[] =>
  urls.map((one) => ({ kind: 'url', name: one, url: one, ends }));
const listed = (ends: UrlEnd, ...urls: readonly string[]): HostileUrl[] =>
  url(ends, ...urls).map((one) => ({ ...one, allowedHosts: ['api.stytch.com', '*.Example.com'] }));

export const hostileUrls: readonly HostileUrl[] = [
  ...url(
    'refused',
    'https://localhost',
    'https://LOCALHOST:8443',
    'https://localhost.',
    'https://a.localhost',
    'https://a.localhost.',
    'https://localhost..',
  ),
  // All of these are 127.0.0.1 or 169.254.169.254 to a URL parser.
  ...url(
    'refused',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0177.0.0.1',
    'https://0x7f.1',
    'https://127.0.0.1.',
  ),
  ...url(
    'refused',
    'https://１２７.０.０.１',
    'https://127。0。0。1',
    'https://①②⑦.0.0.1',
    'https://loc\u00adalhost',
    'https://%6c%6fcalhost',
    'https://0xa9fea9fe/latest',
  ),
  ...url('refused', 'https://[0:0:0:0:0:ffff:127.0.0.1]', 'https://[::ffff:7f00:1]', 'https://[0000::0001]'),
  ...url(
    'allowed',
    'https://api.stytch.com',
    'https://10.0.0.1:8443/prefix',
    'https://gateway.svc',
    'https://localhost.example.com',
    'https://[fd12::1]:8443',
  ),
  ...listed(
    'allowed',
    'https://api.stytch.com',
    'https://API.stytch.com:444/x',
    'https://api.stytch.com.',
    'https://a.example.com',
    'https://a.b.example.com',
    'https://evil.org@api.stytch.com',
    'https://api.stytch.com#@evil.org',
  ),
  ...listed(
    'refused',
    'https://evil.org',
    'https://example.com',
    'https://notexample.com',
    'https://api.stytch.com.evil.org',
    'https://evil.org/api.stytch.com',
    'https://api.stytch.com@evil.org',
    'https://evil.org#api.stytch.com',
    'https://evil.org?.example.com',
    'https://evil.org\\@api.stytch.com',
    'https://api.stytch.com%2eevil.org',
    'https://10.0.0.1',
  ),
];

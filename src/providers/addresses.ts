import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

const ranges = (...cidrs: readonly string[]): Range[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
const list = (table: Readonly<Record<string, Range[]>>) => table as Parameters<typeof ipaddr.subnetMatch>[1];

const ALLOWED = 'allowed';

/**
 * What a provider, its proxy, and what their names resolve to must not be. The first range that matches counts.
 *
 * Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), of which private and shared addresses
 * (RFC 1918, RFC 6598, RFC 4193) stay allowed, because gateways have them; and the documentation of the clouds, for
 * metadata services that do not stand at a link-local address.
 */
const ipv4 = list({
  // Azure's WireServer; Alibaba Cloud; Oracle Cloud Infrastructure.
  'a metadata service of a cloud': ranges('168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'),
  'an unspecified address': ranges('0.0.0.0/8'),
  'a loopback address': ranges('127.0.0.0/8'),
  'a link-local address': ranges('169.254.0.0/16'),
  'a multicast address': ranges('224.0.0.0/4'),
  'a broadcast address': ranges('255.255.255.255/32'),
  'a reserved address': ranges(
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
  ),
});

const ipv6 = list({
  // Amazon EC2 and EKS; Google Cloud; Oracle Cloud Infrastructure; Akamai (Linode); Scaleway.
  'a metadata service of a cloud': ranges(
    'fd00:ec2::/32',
    'fd20:ce::/64',
    'fd00:c1::a9fe:a9fe/128',
    'fd00:a9fe:a9fe::1/128',
    'fd00:42::42/128',
  ),
  'an unspecified address': ranges('::/128'),
  'a loopback address': ranges('::1/128'),
  'a link-local address': ranges('fe80::/10'),
  'a multicast address': ranges('ff00::/8'),
  // Where in it the IPv4 address stands is the network's own choice (RFC 8215), so it cannot be judged.
  'a locally translated address': ranges('64:ff9b:1::/48'),
  'a Teredo address': ranges('2001::/32'),
  'a reserved address': ranges('2001::/23', '2001:db8::/32', '3fff::/20'),
  // What is in use at all: global unicast, unique local, and the deprecated site-local addresses (RFC 3879).
  [ALLOWED]: ranges('2000::/3', 'fc00::/7', 'fec0::/10'),
});

/** IPv6 addresses that stand for an IPv4 address, and the byte at which it begins. */
const embeddings: readonly { readonly range: Range; readonly at: number }[] = [
  // IPv4-compatible (RFC 4291, section 2.5.5.1), with :: and ::1 in it.
  { range: ipaddr.parseCIDR('::/96'), at: 12 },
  // IPv4-mapped (section 2.5.5.2).
  { range: ipaddr.parseCIDR('::ffff:0:0/96'), at: 12 },
  // IPv4-translated (RFC 2765).
  { range: ipaddr.parseCIDR('::ffff:0:0:0/96'), at: 12 },
  // NAT64's well-known prefix (RFC 6052): what DNS64 makes of any IPv4 address.
  { range: ipaddr.parseCIDR('64:ff9b::/96'), at: 12 },
  // 6to4 (RFC 3056).
  { range: ipaddr.parseCIDR('2002::/16'), at: 2 },
];

const kindOf = (address: Address): string => {
  if (address.kind() === 'ipv4') return ipaddr.subnetMatch(address, ipv4, ALLOWED);
  const bytes = address.toByteArray();
  const isLocal = bytes.slice(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) < 2;
  const embedding = isLocal ? undefined : embeddings.find(({ range }) => address.match(range));
  return embedding
    ? kindOf(ipaddr.fromByteArray(bytes.slice(embedding.at, embedding.at + 4)))
    : ipaddr.subnetMatch(address, ipv6, 'a reserved address');
};

/** What is wrong with this address, for a sentence (`a loopback address`); undefined where it may be talked to. */
export const refusedAddress = (address: string): string | undefined => {
  // The name of an interface after it says nothing of where it is.
  const [text = ''] = address.split('%');
  if (!ipaddr.isValid(text)) return 'no address that can be judged';
  const kind = kindOf(ipaddr.parse(text));
  return kind === ALLOWED ? undefined : kind;
};

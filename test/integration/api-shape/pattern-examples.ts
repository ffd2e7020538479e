import type { Kind } from './cluster.ts';

interface PatternExample {
  /** As it stands in the schema. One example stands for every field with this pattern. */
  readonly pattern: string;
  readonly kind: Kind;
  /** A field that has it, without `spec`. */
  readonly place: readonly string[];
  readonly accepted: readonly string[];
  readonly refused: readonly string[];
}

export const patternExamples: readonly PatternExample[] = [
  {
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
    kind: 'MachineClient',
    place: ['providerRef', 'name'],
    accepted: ['a', 'stytch-test', 'a.b-c.d', '0'],
    refused: ['Stytch', '-a', 'a-', 'a..b', 'a/b', 'a_b', '../a'],
  },
  {
    pattern: '^\\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$',
    kind: 'MachineClient',
    place: ['credential', 'importSecretRef', 'key'],
    accepted: ['.env', 'client-id', 'CLIENT_ID', 'credential.json', 'a..b', '_'],
    refused: ['.', '..', '..data', 'a b', 'a/b', 'ä', 'a=b'],
  },
  {
    pattern: '^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$',
    kind: 'MachineClient',
    place: ['secret', 'labels', '*'],
    accepted: ['', 'a', 'billing-worker_1.2'],
    refused: ['-a', 'a.', 'a b', 'a/b', 'ä'],
  },
  {
    pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$',
    kind: 'MachineClient',
    place: ['rotation', 'overlap'],
    accepted: ['0s', '24h', '1h30m', '1h2m3s4ms', '99999h'],
    refused: ['24', '1d', '-1h', '1.5h', '1h 30m', 'h', '100000h', '1us'],
  },
  {
    pattern: '^[-0-9A-Za-z*/,?# ]+$',
    kind: 'MachineClient',
    place: ['rotation', 'schedule'],
    accepted: ['0 3 1 * *', '*/5 0-6 * JAN MON#2', '0 0 L * ?'],
    refused: ['0\t3 1 * *', '@daily', '0 3 1 * *; ls'],
  },
  {
    pattern: '^[A-Za-z0-9_+/-]+$',
    kind: 'MachineClient',
    place: ['rotation', 'timeZone'],
    accepted: ['Europe/Oslo', 'UTC', 'America/Port-au-Prince', 'Etc/GMT+2'],
    refused: ['Europe Oslo', '../etc', 'Europe/Oslo;'],
  },
  {
    pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
    kind: 'MachineClient',
    place: ['scopes', '[]'],
    accepted: ['read:invoices', 'https://api.example.com/all', "a!#'[]"],
    refused: ['read invoices', 'a"b', 'a\\b', 'é', 'a\tb'],
  },
  {
    pattern: '^[\\x21-\\x7e]+$',
    kind: 'MachineClient',
    place: ['clientId'],
    accepted: ['m2m-client-test-1', 'sc|acc/1'],
    refused: ['m2m client', 'clé', 'a\u007f'],
  },
  {
    pattern: '^[A-Za-z0-9._-]+$',
    kind: 'MachineClient',
    place: ['organizationId'],
    accepted: ['org_69615647365005430', 'a.b-c'],
    refused: ['org/1', 'org 1', 'org?x=1'],
  },
  {
    pattern: '^[A-Za-z0-9-]+$',
    kind: 'MachineClient',
    place: ['plastiq', 'payerId'],
    accepted: ['0b1f6a5e-7b1a-4b43-9d0b-0d5c0b1b2c3d'],
    refused: ['a/b', 'a.b', 'a b'],
  },
  {
    pattern: '^[\\x20-\\x7e]*$',
    kind: 'MachineClient',
    place: ['plastiq', 'endUser', 'userAgent'],
    accepted: ['Mozilla/5.0 (X11; Linux x86_64)'],
    refused: ['a\r\nX-Other: b', 'ä', 'a\tb'],
  },
  {
    pattern: '^[0-9a-fA-F:.]+$',
    kind: 'MachineClient',
    place: ['plastiq', 'endUser', 'ipAddress'],
    accepted: ['192.0.2.7', '2001:db8::7'],
    refused: ['host', 'fe80::1%eth0', '192.0.2.0/24'],
  },
  {
    pattern: '^[\\x21-\\x7e]*$',
    kind: 'MachineClient',
    place: ['plastiq', 'endUser', 'deviceId'],
    accepted: ['device-7'],
    refused: ['device 7', 'gerät'],
  },
  {
    pattern: '^[a-z0-9][a-z0-9._:@+/-]*$',
    kind: 'MachineClient',
    place: ['vaultAppRole', 'tokenPolicies', '[]'],
    accepted: ['read-invoices', 'team/app_1.read', '0'],
    refused: ['app-read,admin', 'Admin', 'a b', '*', 'app-*', '-a'],
  },
  {
    pattern: '^[0-9a-fA-F:.]+\\/[0-9]{1,3}$',
    kind: 'MachineClient',
    place: ['vaultAppRole', 'boundCIDRs', '[]'],
    accepted: ['10.0.0.0/8', '2001:DB8::/32'],
    refused: ['10.0.0.1', '10.0.0.0/8,0.0.0.0/0', 'host/8'],
  },
  {
    pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*(\\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$',
    kind: 'IdentityProvider',
    place: ['vaultAppRole', 'mountPath'],
    accepted: ['approle', 'team/app-role_1', 'a.b'],
    refused: ['/approle', 'approle/', '..', 'a/../b', 'a//b', 'a b', 'a?b'],
  },
  {
    pattern: '^([A-Za-z0-9_-][A-Za-z0-9._-]*(\\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?$',
    kind: 'IdentityProvider',
    place: ['vaultAppRole', 'namespace'],
    accepted: ['', 'admin', 'admin/payments'],
    refused: ['/admin', 'admin/', '..', 'a\r\nX-Other: b'],
  },
  {
    pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*$',
    kind: 'IdentityProvider',
    place: ['keycloak', 'realm'],
    accepted: ['services', 'Team_1.test', '-'],
    refused: ['.', '..', 'a/b', 'a b', 'a?b', 'ä'],
  },
  {
    pattern: '^[!-+.-~-]+$',
    kind: 'ClusterIdentityProvider',
    place: ['vaultAppRole', 'auth', 'audience'],
    accepted: ['vault', 'https://vault.example.com:8200', 'a-b'],
    refused: ['vault,other', 'a vault', 'é'],
  },
  {
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    kind: 'IdentityProvider',
    place: ['connection', 'headers', '[]', 'name'],
    accepted: ['X-Gateway-Key', 'x_y', '~'],
    refused: ['X Key', 'X-Key:', 'X-Key\r\n', 'X(Key)'],
  },
  {
    pattern: '^[\\x20-\\x7e\\t]*$',
    kind: 'IdentityProvider',
    place: ['connection', 'headers', '[]', 'value'],
    accepted: ['Basic eDp5', 'a\tb', ''],
    refused: ['a\r\nX-Other: b', 'a\nb', 'é', 'a\u0000b'],
  },
];

/**
 * Headers of `spec.connection.headers`. An entry is one line of the table in docs/threat-model.md: what is tried, and how
 * it ends.
 */
export interface HostileHeader {
  readonly kind: 'header';
  readonly name: string;
  readonly header: { readonly name: string; readonly value: string };
  /** refused: by the schema, and where it was stored before that, no request leaves with it. */
  readonly ends: 'refused' | 'sent once';
}

const header = (
  ends: HostileHeader['ends'],
  why: string,
  value: string,
  ...names: readonly string[]
): HostileHeader[] =>
  names.map((name) => ({
    kind: 'header',
    name: `${JSON.stringify(name)}, ${why}`,
    header: { name, value },
    ends,
  }));

export const hostileHeaders: readonly HostileHeader[] = [
  ...header(
    'refused',
    'of the connection',
    'x',
    'Host',
    'host',
    'HOST',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'upgrade',
    'Expect',
  ),
  ...header(
    'refused',
    'of the framing',
    '1',
    'Content-Length',
    'content-length',
    'Transfer-Encoding',
    'TRANSFER-ENCODING',
    'Content-Type',
  ),
  ...header(
    'refused',
    'for a proxy',
    'Basic eDp5',
    'Proxy-Authorization',
    'proxy-authorization',
    'Proxy-Connection',
    'Proxy-X',
  ),
  ...header('refused', 'no name', 'x', '', ' ', 'a b', 'a:', ':authority', 'a\r\nb', 'ä', 'x\0'),
  ...header('refused', 'with another header in its value', 'a\r\nX-Injected: 1', 'X-Key'),
  ...header('refused', 'with a line in its value', 'a\nb', 'X-Key'),
  ...header('refused', 'with NUL in its value', 'a\0b', 'X-Key'),
  ...header('refused', 'with what is not ASCII in its value', 'ключ', 'X-Key'),
  ...header('sent once', 'in place of ours', 'payments/1', 'User-Agent', 'user-agent', 'USER-AGENT'),
  ...header('sent once', 'in place of ours', 'text/plain', 'Accept', 'ACCEPT'),
  ...header('sent once', 'in place of ours', '11111111-1111-4111-8111-111111111111', 'Trace-Id', 'TRACE-ID'),
  ...header('sent once', 'a member of Object.prototype', 'x', 'constructor', '__proto__', 'toString'),
  ...header('sent once', 'the key of a gateway', 'let-me-in', 'X-Gateway-Key'),
  ...header('sent once', 'empty', '', 'X-Empty'),
];

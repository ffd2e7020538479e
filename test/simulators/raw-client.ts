import { request } from 'undici';

/** What comes back over the wire, as it is. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON; undefined when it is none. `any`, since a test reads what it has just asked for. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Sends one request with these headers, and a JSON body when there is one. No redirect is followed. */
export const rawRequest = async (
  url: string,
  options: {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
    readonly headers?: Record<string, string>;
    readonly json?: unknown;
    readonly text?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<RawAnswer> => {
  const body = options.json === undefined ? options.text : JSON.stringify(options.json);
  const answer = await request(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await answer.body.text();
  let json: unknown;
  try {
    json = JSON.parse(text) as unknown;
  } catch {
    json = undefined;
  }
  return { status: answer.statusCode, headers: answer.headers, text, json };
};

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CollectionEvent, ObjectCollection, Refusal, type WireObject } from './object-collection.ts';

/** One request as it came in. */
export interface Seen {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

export type Reply = (response: ServerResponse, request: Seen) => void;
type Match = (request: Seen) => boolean;

export const isWatch: Match = ({ query }) => query.get('watch') === 'true';
export const isInitialWatch: Match = (request) =>
  isWatch(request) && request.query.get('sendInitialEvents') === 'true';
export const isResumedWatch: Match = (request) => isWatch(request) && !isInitialWatch(request);
export const isList: Match = (request) => request.method === 'GET' && !isWatch(request);
export const isWrite: Match = ({ method }) => method !== 'GET';

export const refuse =
  (
    status: number,
    reason: string,
    options: { headers?: Record<string, string>; message?: string; details?: object } = {},
  ): Reply =>
  (response) => {
    const { body } = new Refusal(status, reason, options.message, options.details);
    response
      .writeHead(status, { 'content-type': 'application/json', ...options.headers })
      .end(JSON.stringify(body));
  };

/** Accepts, sends these lines, and then nothing for ever: what a half-open connection looks like. */
export const fallSilent =
  (...lines: object[]): Reply =>
  (response) => {
    response.writeHead(200).flushHeaders();
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
  };

/** Sends these lines and ends the stream in good order. */
export const sendAndEnd =
  (...lines: object[]): Reply =>
  (response) => {
    response.writeHead(200).end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };

/** Sends these lines and a piece of one more, and breaks the connection. */
export const breakAfter =
  (...lines: object[]): Reply =>
  (response) => {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    response.writeHead(200);
    response.write(`${text}{"type":"MODIFIED","object":{"kind":"Thi`, () =>
      response.socket?.resetAndDestroy(),
    );
  };

/**
 * For tests: an API server over real HTTP that keeps objects, lists in pages, watches and resumes, and that misbehaves
 * on request, once or always.
 */
export class UnkindServer implements AsyncDisposable {
  readonly objects = new ObjectCollection();
  readonly requests: Seen[] = [];
  /** How many were ever opened. */
  connections = 0;
  #once: { match: Match; reply: Reply }[] = [];
  #always: { match: Match; reply: Reply }[] = [];
  readonly #http = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<UnkindServer> {
    const server = new UnkindServer();
    server.#http.on('connection', () => server.connections++);
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`);
  }

  /** The next request that matches is answered so; several wait their turn. */
  once(match: Match, reply: Reply): void {
    this.#once.push({ match, reply });
  }

  always(match: Match, reply: Reply): void {
    this.#always.push({ match, reply });
  }

  /** As if nothing had been asked for by `once` and `always`. */
  becomeKind(): void {
    this.#once = [];
    this.#always = [];
  }

  count(match: Match): number {
    return this.requests.filter(match).length;
  }

  breakConnections(): void {
    this.#http.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const text = Buffer.concat(chunks).toString();
    const seen: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    this.requests.push(seen);
    const index = this.#once.findIndex(({ match }) => match(seen));
    const special =
      index === -1 ? this.#always.find(({ match }) => match(seen)) : this.#once.splice(index, 1)[0];
    if (special !== undefined) {
      special.reply(response, seen);
      return;
    }
    try {
      if (isWatch(seen)) this.#watch(seen, response);
      else {
        const answer = JSON.stringify(this.#answer(seen));
        response.writeHead(200).end(answer);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.status).end(JSON.stringify(error.body));
    }
  }

  #answer({ method, path, query, body }: Seen): object {
    const isDry = query.get('dryRun') === 'All';
    switch (method) {
      case 'POST': {
        const object = body as unknown as WireObject;
        return isDry ? object : this.objects.create(`${path}/${object.metadata.name}`, object);
      }
      case 'PUT':
        return this.objects.replace(path, body as unknown as WireObject);
      case 'PATCH':
        return isDry ? {} : this.objects.patch(path, body);
      case 'DELETE':
        this.objects.delete(path, body['preconditions'] as object | undefined);
        return { kind: 'Status', status: 'Success' };
      default:
        return isCollection(path) ? this.#page(path, query) : this.objects.get(path);
    }
  }

  #page(path: string, query: URLSearchParams): object {
    const [offset = '0', revision = this.objects.revision] = (query.get('continue') ?? '')
      .split('@')
      .filter(Boolean);
    const all = this.#select(path);
    const from = Number(offset);
    const to = from + Number(query.get('limit') ?? all.length);
    const more = to < all.length ? { continue: `${to}@${revision}` } : {};
    return {
      kind: 'ThingList',
      metadata: { resourceVersion: revision, ...more },
      items: all.slice(from, to),
    };
  }

  #watch({ path, query }: Seen, response: ServerResponse): void {
    const send = (line: object): void => void response.write(`${JSON.stringify(line)}\n`);
    response.writeHead(200).flushHeaders();
    const from = query.get('resourceVersion');
    if (query.get('sendInitialEvents') === 'true') {
      for (const object of this.#select(path)) send({ type: 'ADDED', object });
      send(bookmark(this.objects.revision, { 'k8s.io/initial-events-end': 'true' }));
    } else
      for (const event of this.objects.history)
        if (Number(event.object.metadata.resourceVersion) > Number(from) && isIn(path, event)) send(event);
    const stop = this.objects.listen((event) => {
      if (isIn(path, event)) send(event);
    });
    const end = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 300) * 1000);
    response.on('close', () => {
      stop();
      clearTimeout(end);
    });
  }

  #select(path: string): WireObject[] {
    const { root, plural } = split(path);
    return this.objects
      .list((stored) => stored.startsWith(`${root}/`) && stored.split('/').at(-2) === plural)
      .filter((object) => isIn(path, { type: 'ADDED', object }));
  }
}

export const bookmark = (resourceVersion: string, annotations: Record<string, string> = {}): object => ({
  type: 'BOOKMARK',
  object: { kind: 'Thing', metadata: { resourceVersion, annotations } },
});

/** `/api/v1/namespaces/ns/things`: the part before the namespace, the namespace, and the plural. */
const split = (path: string): { root: string; namespace: string | undefined; plural: string | undefined } => {
  const match = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(path);
  return { root: match?.[1] ?? '', namespace: match?.[2], plural: match?.[3] };
};

const isCollection = (path: string): boolean => split(path).plural !== undefined;

/** Watches do not look at the resource: a test has one. */
const isIn = (path: string, { object }: CollectionEvent): boolean => {
  const { namespace } = split(path);
  return namespace === undefined || object.metadata.namespace === namespace;
};

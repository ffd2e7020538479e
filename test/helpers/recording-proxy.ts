import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { until } from './until.ts';

/** One request of the operator to the API server, from its arrival on. No values: a recording may be printed. */
export interface KubeCall {
  /** Rises by one for each request. */
  readonly seq: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly contentType: string;
  /** Dotted paths of the body's fields, without their values and not below a map of annotations, labels or data. */
  readonly bodyKeys: readonly string[];
  /** `secrets`, `machineclients/status`: what the path is about. */
  readonly resource: string;
  readonly namespace: string | undefined;
  /** The object's name; undefined for a collection. */
  readonly name: string | undefined;
  readonly watch: boolean;
  /** What the API server answered; null before that and where the call was dropped before it got there. */
  status: number | null;
  /** The answer has reached the operator (true from when it begins to be sent). */
  answered: boolean;
}

/** Where a call is met: on its way to the API server, or after the API server has done it and before its answer. */
export type Phase = 'before' | 'after';
/** What becomes of a call that was met: it goes on, or its connection is closed without an answer. */
export type Fate = 'continue' | 'drop';
/** Called for every call in both phases; the call waits for the answer. */
export type Hook = (call: KubeCall, phase: Phase) => Fate | undefined | Promise<Fate | undefined>;

/** Calls that stand still in the proxy until they are let go. */
export interface Hold {
  /** Those that have arrived and wait. */
  readonly waiting: readonly KubeCall[];
  /** Waits for the first call that is held, a minute at most; `explain` says what was there instead. */
  first(explain?: () => string): Promise<KubeCall>;
  /** Lets all of them go, and holds no further ones. A call held before its work that is dropped never happens. */
  release(fate?: Fate): void;
}

/**
 * A reverse proxy between an operator and the API server. It speaks plain HTTP on loopback, logs in with the
 * credentials of the kubeconfig that it was made with, and records every call.
 */
export interface RecordingProxy extends AsyncDisposable {
  /** A kubeconfig without credentials that points at the proxy. */
  readonly kubeconfig: string;
  readonly url: string;
  /** All calls after `seq`, in the order of their arrival. */
  calls(after?: number): readonly KubeCall[];
  /** The `seq` of the last call. */
  readonly last: number;
  /** One hook at a time; undefined takes it away. */
  setHook(hook: Hook | undefined): void;
  /** Holds the calls that match, in one phase. */
  hold(matches: (call: KubeCall) => boolean, phase: Phase): Hold;
}

const HELD_WITHIN_MS = 60_000;
const OPAQUE = ['annotations', 'labels', 'data', 'status', 'conditions', 'managedFields'];
const CREDENTIALS = ['connection', 'host', 'authorization', 'transfer-encoding', 'keep-alive'];

/** `metadata.annotations`, `data.client-id`: which fields a body has, one level into the opaque maps. */
const keysOf = (value: unknown, prefix = ''): string[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return prefix === '' ? [] : [prefix];
  const parent = prefix.split('.').at(-1) ?? '';
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return OPAQUE.includes(parent) ? [path] : keysOf(inner, path);
  });
};

const bodyKeysOf = (body: Buffer): string[] => {
  if (body.length === 0) return [];
  try {
    return keysOf(JSON.parse(body.toString('utf8'))).toSorted();
  } catch {
    return ['(not JSON)'];
  }
};

/** `/api/v1/namespaces/ns/secrets/name` → what it is about. The namespace object itself has no namespace. */
export const subject = (path: string): Pick<KubeCall, 'resource' | 'namespace' | 'name'> => {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const namespaced =
    rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
  const [plural = path, name, subresource] = namespaced ? rest.slice(2) : rest;
  return {
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    namespace: namespaced ? rest[1] : undefined,
    name,
  };
};

/** A call as tests compare it: `POST secrets?dryRun=All`, `PATCH machineclients/status`. */
export const brief = ({ method, resource, query }: KubeCall): string =>
  `${method} ${resource}${new URLSearchParams(query).has('dryRun') ? '?dryRun=All' : ''}`;

/** What is no part of an object's own story: events and the lease. */
export const isAside = ({ resource }: KubeCall): boolean => resource === 'events' || resource === 'leases';

export const isWrite = ({ method }: KubeCall): boolean => method !== 'GET';

export interface Cluster {
  readonly server: URL;
  readonly agent: Agent;
  readonly token: string | undefined;
}

/** The server of a kubeconfig, and how one logs in there. */
export const readCluster = async (kubeconfig: string): Promise<Cluster> => {
  const config = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
    users: {
      user: { token?: string; 'client-certificate-data'?: string; 'client-key-data'?: string };
    }[];
  };
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user ?? {};
  if (!cluster) throw new Error(`${kubeconfig} has no cluster`);
  const pem = (data: string | undefined): Buffer | undefined =>
    data === undefined ? undefined : Buffer.from(data, 'base64');
  const ca = pem(cluster['certificate-authority-data']);
  const cert = pem(user['client-certificate-data']);
  const key = pem(user['client-key-data']);
  return {
    server: new URL(cluster.server),
    agent: new Agent({ keepAlive: true, ...(ca && { ca }), ...(cert && key && { cert, key }) }),
    token: user.token,
  };
};

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

class HttpProxy implements RecordingProxy {
  readonly kubeconfig: string;
  readonly #cluster: Cluster;
  readonly #folder: string;
  readonly #server: Server;
  readonly #calls: KubeCall[] = [];
  readonly #holds = new Set<(call: KubeCall, phase: Phase) => Promise<Fate> | undefined>();
  #hook: Hook | undefined;

  constructor(cluster: Cluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.kubeconfig = join(folder, 'kubeconfig.yaml');
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (message, answer) => {
      this.#serve(message, answer).catch(() => answer.destroy());
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const name = 'proxy';
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: this.url } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    await writeFile(this.kubeconfig, stringify(kubeconfig));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get last(): number {
    return this.#calls.length;
  }

  calls(after = 0): readonly KubeCall[] {
    return this.#calls.slice(after).map((call) => ({ ...call }));
  }

  setHook(hook: Hook | undefined): void {
    this.#hook = hook;
  }

  hold(matches: (call: KubeCall) => boolean, phase: Phase): Hold {
    const waiting: KubeCall[] = [];
    const released = Promise.withResolvers<Fate>();
    const met = (call: KubeCall, at: Phase): Promise<Fate> | undefined => {
      if (at !== phase || !matches(call)) return undefined;
      waiting.push(call);
      return released.promise;
    };
    this.#holds.add(met);
    return {
      waiting,
      first: (explain) =>
        until('a call that is held', () => waiting[0], {
          timeoutMs: HELD_WITHIN_MS,
          ...(explain && { explain }),
        }),
      release: (fate = 'continue') => {
        this.#holds.delete(met);
        released.resolve(fate);
      },
    };
  }

  async #meet(call: KubeCall, phase: Phase): Promise<Fate> {
    if ((await this.#hook?.(call, phase)) === 'drop') return 'drop';
    for (const met of this.#holds) {
      const fate = await met(call, phase);
      if (fate !== undefined) return fate;
    }
    return 'continue';
  }

  async #serve(message: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(message);
    const url = new URL(message.url ?? '/', this.#cluster.server);
    const call: KubeCall = {
      seq: this.#calls.length + 1,
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.search.slice(1),
      contentType: message.headers['content-type'] ?? '',
      bodyKeys: bodyKeysOf(body),
      ...subject(url.pathname),
      watch: url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1',
      status: null,
      answered: false,
    };
    this.#calls.push(call);
    if ((await this.#meet(call, 'before')) === 'drop') {
      message.socket.destroy();
      return;
    }
    const upstream = await this.#forward(message, url, body, answer);
    call.status = upstream.statusCode ?? null;
    // A watch is answered piece by piece, for ever; anything else is done before the first byte goes back.
    const content = call.watch ? undefined : await bodyOf(upstream);
    if ((await this.#meet(call, 'after')) === 'drop') {
      upstream.destroy();
      message.socket.destroy();
      return;
    }
    call.answered = true;
    const headers = Object.fromEntries(
      Object.entries(upstream.headers).filter(([name]) => !CREDENTIALS.includes(name)),
    );
    answer.writeHead(upstream.statusCode ?? 502, headers);
    if (content) answer.end(content);
    else {
      answer.flushHeaders();
      upstream.on('error', () => answer.destroy());
      upstream.pipe(answer);
    }
  }

  async #forward(
    message: IncomingMessage,
    url: URL,
    body: Buffer,
    answer: ServerResponse,
  ): Promise<IncomingMessage> {
    const { agent, token } = this.#cluster;
    const own = Object.fromEntries(
      Object.entries(message.headers).filter(([name]) => !CREDENTIALS.includes(name)),
    );
    const headers = {
      ...own,
      'content-length': body.length,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpsRequest(url, { method: message.method, headers, agent }, resolve);
      request.on('error', reject);
      // Who does not wait for a watch any more ends it; a write that has left is done, whoever has gone.
      answer.on('close', () => {
        if (!answer.writableFinished && message.method === 'GET') request.destroy();
      });
      request.end(body);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#cluster.agent.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a proxy in front of the API server of `kubeconfig`, with that file's credentials. */
export const startRecordingProxy = async (kubeconfig: string): Promise<RecordingProxy> => {
  const proxy = new HttpProxy(await readCluster(kubeconfig), await mkdtemp(join(tmpdir(), 'mco-proxy-')));
  await proxy.listen();
  return proxy;
};

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
  Agent as HttpAgent,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readCluster } from '../../helpers/recording-proxy.ts';

/** What goes back. `stream`: a watch, whose body never ends; `body` is empty then. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly stream?: IncomingMessage | undefined;
}

/** A request that was read whole. It may be forwarded never, once, later, or twice, whatever became of its sender. */
export interface Relayed {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  forward(): Promise<Answer>;
  /** The sender has gone: it was killed, or has given up. */
  readonly gone: boolean;
}

/** Says what becomes of a request; undefined cuts its connection without an answer. */
export type Conductor = (relayed: Relayed) => Promise<Answer | undefined>;

interface Target {
  readonly origin: URL;
  readonly send: typeof httpRequest;
  readonly agent: HttpAgent;
  readonly authorization: string | undefined;
  /** It sees the Host of the caller: some take a token only at the address at which it was asked for. */
  readonly seesHost: boolean;
}

const HOP_BY_HOP = ['connection', 'host', 'transfer-encoding', 'keep-alive', 'content-length'];

const bodyOf = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const kept = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));

/** Stands between the operator and one of the two that it talks to; plain HTTP on loopback. */
export class Relay implements AsyncDisposable {
  readonly #target: Target;
  readonly #conduct: Conductor;
  readonly #server: Server;

  private constructor(target: Target, conduct: Conductor) {
    this.#target = target;
    this.#conduct = conduct;
    this.#server = createServer({ keepAliveTimeout: 120_000 }, (message, response) => {
      this.#serve(message, response).catch(() => response.destroy());
    });
  }

  /** In front of a server that speaks plain HTTP. */
  static toServer(url: string, conduct: Conductor): Promise<Relay> {
    const agent = new HttpAgent({ keepAlive: true });
    return Relay.#start(
      { origin: new URL(url), send: httpRequest, agent, authorization: undefined, seesHost: true },
      conduct,
    );
  }

  /** In front of the API server of a kubeconfig, with its credentials. */
  static async toCluster(kubeconfig: string, conduct: Conductor): Promise<Relay> {
    const { server, agent, token } = await readCluster(kubeconfig);
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    const target = { origin: server, send: httpsRequest, agent, authorization, seesHost: false };
    return await Relay.#start(target, conduct);
  }

  static async #start(target: Target, conduct: Conductor): Promise<Relay> {
    const relay = new Relay(target, conduct);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  /** With the path of what stands behind it. */
  get url(): string {
    const path = this.#target.origin.pathname.replace(/\/$/, '');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(message);
    const url = new URL(message.url ?? '/', this.#target.origin);
    const relayed: Relayed = {
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers,
      body,
      forward: () => this.#forward(message, url, body, response),
      get gone() {
        return response.destroyed;
      },
    };
    const answer = await this.#conduct(relayed);
    if (answer === undefined || response.destroyed) {
      answer?.stream?.destroy();
      message.socket.destroy();
      return;
    }
    response.writeHead(answer.status, kept(answer.headers));
    if (!answer.stream) response.end(answer.body);
    else {
      const { stream } = answer;
      response.flushHeaders();
      response.on('close', () => stream.destroy());
      stream.on('error', () => response.destroy());
      stream.pipe(response);
    }
  }

  async #forward(
    message: IncomingMessage,
    url: URL,
    body: Buffer,
    response: ServerResponse,
  ): Promise<Answer> {
    const { send, agent, authorization, seesHost } = this.#target;
    const { host } = message.headers;
    const headers = {
      ...kept(message.headers),
      ...(seesHost && { host }),
      'content-length': body.length,
      ...(authorization !== undefined && { authorization }),
    };
    const isWatch = url.searchParams.get('watch') === 'true' || url.searchParams.get('watch') === '1';
    const upstream = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(url, { method: message.method, headers, agent }, resolve);
      request.on('error', reject);
      // A watch ends with who asked for it; anything else that has left is done, whoever has gone.
      if (isWatch) response.on('close', () => request.destroy());
      request.end(body);
    });
    const { statusCode: status = 502, headers: answered } = upstream;
    return isWatch && status === 200
      ? { status, headers: answered, body: Buffer.alloc(0), stream: upstream }
      : { status, headers: answered, body: await bodyOf(upstream) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    this.#target.agent.destroy();
  }
}

/** A kubeconfig without credentials that points at `url`, in a folder that goes with it. */
export const writeKubeconfig = async (url: string): Promise<{ path: string } & AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'mco-relay-'));
  const path = join(folder, 'kubeconfig.yaml');
  const name = 'relay';
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  await writeFile(path, stringify(content));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

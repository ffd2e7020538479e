import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.ts';

/** A port in front of a server that can be shut and opened again, with or without TLS. */
export class FrontDoor implements AsyncDisposable {
  readonly #target: URL;
  readonly #certificate: Certificate | undefined;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(target: string, certificate: Certificate | undefined) {
    this.#target = new URL(target);
    this.#certificate = certificate;
  }

  static async open(target: string, certificate?: Certificate): Promise<FrontDoor> {
    const door = new FrontDoor(target, certificate);
    await door.open();
    return door;
  }

  get url(): string {
    return `${this.#certificate ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  get isOpen(): boolean {
    return this.#server?.listening === true;
  }

  /** On the port that it had before. */
  async open(): Promise<void> {
    const serve = (socket: Socket): void => this.#join(socket);
    this.#server = this.#certificate ? createTlsServer(this.#certificate, serve) : createServer(serve);
    // Refused handshakes are the caller's to report.
    this.#server.on('tlsClientError', () => {});
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections are refused, and those that are open are cut. */
  async shut(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(socket: Socket): void {
    const onward = connect(Number(this.#target.port), this.#target.hostname);
    for (const [side, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.#sockets.add(side);
      side.on('error', () => {});
      side.on('close', () => {
        this.#sockets.delete(side);
        other.destroy();
      });
      side.pipe(other);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shut();
  }
}

// One kept-alive connection of a load: sends finished requests, says when the response is complete. Lean, because the
// load runs on the cores that the server is measured on: one buffer receives for all connections, nothing is allocated
// for bodies, and no promise is made per request.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type HttpResponse, HttpResponseReader } from './http-response-reader.ts';

/** The bytes of one request: request line, headers, empty line, body; in one piece or several. */
export type PreparedRequest = Uint8Array | readonly Uint8Array[];

export type HttpAddress = { readonly host: string; readonly port: number };

/** What becomes of a request; never called before `send` has returned. */
export type ConnectionEvents = {
  onResponse(response: HttpResponse): void;
  /** The connection broke, or what came is no response. */
  onFailure(error: Error): void;
};

export class HttpConnection {
  readonly #socket: Socket;
  readonly #reader = new HttpResponseReader();
  #events: ConnectionEvents | undefined;

  static async open(address: HttpAddress): Promise<HttpConnection> {
    let connection: HttpConnection | undefined;
    const socket = connect({
      ...address,
      noDelay: true,
      // Filled and read before the next connection may fill it: reads are answered within their callback.
      onread: {
        buffer: receiveBuffer,
        callback: (length, buffer) => {
          if (connection !== undefined) connection.#receive(buffer as Buffer, length);
          return true;
        },
      },
    });
    await once(socket, 'connect');
    connection = new HttpConnection(socket);
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection in mid-response')));
  }

  send(request: PreparedRequest, events: ConnectionEvents, options: { readonly keep?: boolean } = {}): void {
    const pieces = request instanceof Uint8Array ? undefined : request;
    const first = pieces === undefined ? (request as Uint8Array) : pieces[0]!;
    this.#reader.expect({ toHead: startsWithHead(first), ...options });
    this.#events = events;
    if (this.#socket.destroyed) {
      setImmediate(() => this.#fail(new Error('the server closed the connection between requests')));
      return;
    }
    if (pieces === undefined) this.#socket.write(first);
    else this.#writeAll(pieces);
  }

  close(): void {
    this.#events = undefined;
    this.#socket.destroy();
  }

  #writeAll(pieces: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #receive(buffer: Buffer, length: number): void {
    let response: HttpResponse | undefined;
    try {
      response = this.#reader.push(buffer.subarray(0, length));
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (response === undefined) return;
    const events = this.#events;
    this.#events = undefined;
    events?.onResponse(response);
  }

  #fail(error: Error): void {
    const events = this.#events;
    this.#events = undefined;
    events?.onFailure(error);
  }
}

/** Sends one request over a connection of its own and returns the whole response. */
export async function sendRequest(address: HttpAddress, request: PreparedRequest): Promise<HttpResponse> {
  const connection = await HttpConnection.open(address);
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  connection.send(request, { onResponse: resolve, onFailure: reject }, { keep: true });
  return promise.finally(() => connection.close());
}

/** Only HEAD begins with these two letters. */
function startsWithHead(piece: Uint8Array): boolean {
  return piece[0] === 0x48 && piece[1] === 0x45;
}

/** Large enough that a body of 1 MiB takes few calls, small enough for a core's cache. */
const receiveBuffer = Buffer.allocUnsafeSlow(256 * 1024);

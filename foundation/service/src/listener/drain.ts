// What a server needs to close gracefully: which connections it has and what is in flight on each.
//
// Node's own `server.close()` ends connections that are idle at that moment and no others (measured with Node 26): one
// that has sent part of its headers is waited for without end, since the check of timeouts stops with the server, and
// one whose response had begun by then stays until its keep-alive timeout. Here a connection without a whole request in
// flight is closed at once, and one with a request when its response has gone.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const http = process.getBuiltinModule('node:http');

/** One that can carry requests. */
export type DrainedConnection = {
  /** Of requests whose answers have not gone. */
  readonly responses: Set<ServerResponse>;
  /** The last whose head has come; its body may still come when its answer has gone. */
  request: IncomingMessage | undefined;
  /** What had been received when nothing of a request was on its way; more is the beginning of the next. */
  quietBytes: number;
};

export class Drain {
  readonly #inFlight = new Map<Socket, DrainedConnection>();
  /** TCP connections, those of a handshake under way included, which `#inFlight` does not know yet. */
  readonly #transports = new Set<Socket>();
  #closing = false;

  /** `opened` is the event of a connection that can carry requests; under TLS that comes after the handshake. */
  attach(server: Server, opened: 'connection' | 'secureConnection'): void {
    server.on('connection', (socket: Socket) => {
      this.#transports.add(socket);
      socket.once('close', () => this.#transports.delete(socket));
    });
    server.on(opened, (socket: Socket) => {
      this.#inFlight.set(socket, { responses: new Set(), request: undefined, quietBytes: 0 });
      socket.once('close', () => this.#inFlight.delete(socket));
    });
  }

  get connections(): Iterable<readonly [Socket, DrainedConnection]> {
    return this.#inFlight;
  }

  begin(response: ServerResponse): void {
    const { req: request } = response;
    const { socket } = request;
    const connection = this.#inFlight.get(socket);
    if (connection !== undefined) {
      connection.responses.add(response);
      connection.request = request;
      request.once('close', () => {
        connection.quietBytes = socket.bytesRead;
      });
    }
    if (this.#closing) announceClose(response);
    response.once('close', () => this.#end(socket, response));
  }

  /** A whole request has come, and its answer has not begun: nobody waits for the client. */
  owesAnswer(socket: Socket): boolean {
    return [...(this.#inFlight.get(socket)?.responses ?? [])].some(
      (response) => response.req.complete && !response.headersSent,
    );
  }

  /** Tells clients that their connection ends, and ends those that carry nothing. */
  close(): void {
    this.#closing = true;
    for (const [socket, { responses }] of this.#inFlight) {
      // The header ends the connection, so behind pipelined requests only the last response may carry it.
      const last = [...responses].at(-1);
      if (last === undefined) socket.destroySoon();
      else announceClose(last);
    }
  }

  /** Cuts everything that is still open. */
  cut(): void {
    for (const socket of this.#inFlight.keys()) socket.destroy();
    for (const socket of this.#transports) socket.destroy();
  }

  #end(socket: Socket, response: ServerResponse): void {
    const connection = this.#inFlight.get(socket);
    if (connection === undefined) return;
    connection.responses.delete(response);
    connection.quietBytes = socket.bytesRead;
    if (this.#closing && connection.responses.size === 0) socket.destroySoon();
  }
}

/** Node sets `shouldKeepAlive` after the response is constructed, so the header says it. */
function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

/**
 * A response class that reports itself to the drain, whichever event of the server hands it out (`request`,
 * `checkContinue`, `checkExpectation`).
 */
export function drainedResponse(drain: Drain) {
  return class DrainedResponse<
    Request extends IncomingMessage = IncomingMessage,
  > extends http.ServerResponse<Request> {
    // Node hands over options of its own behind the request: all of them go on.
    constructor(...parameters: [request: Request]) {
      super(...parameters);
      drain.begin(this);
    }
  };
}

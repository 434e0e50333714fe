// An HTTP/1.1 server on bare sockets, plain or TLS, made to cost little per request.
//
//   http-server      accepts, ticks, closes             head-reader, request-head   bytes -> what a request says
//   connection       the life of one connection         request-body, chunked-coding   its body, for whom reads it
//   socket-output    bytes out                          exchange, response-head     the answer
//
// It knows nothing of what is served: a request comes as an `Exchange`, and what is no request is answered with what
// `answerTo` says. RFC 9112 and 9110. Not there: HTTP/2, upgrades, CONNECT, answers whose length is not known.

import { Server as NetServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import type { Clock, Timer } from '@cairn/world';
import { ownBufferSocket } from '../listener/own-buffer-socket.ts';
import { followTlsSource, tlsServerOptions } from '../listener/tls-server.ts';
import type { TlsSource } from '../system-definition.ts';
import { Connection, type ConnectionServer } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { defaultHttpLimits, type HttpLimits, sharedReceiveBytes, tickMsMax, tickMsMin } from './limits.ts';
import type { HttpProblem } from './message/http-problem.ts';
import { DateLine, fieldLine, statusLine } from './message/response-head.ts';
import { ReceiveSlabs, type ReceiveSlabsOptions } from './receive-slabs.ts';
import { SharedSendBuffer } from './socket-output.ts';
import type { TurnBudget } from './turn-budget.ts';

export type HttpServerOptions = {
  readonly clock: Clock;
  /** Speaks TLS when present, with the newest pair. */
  readonly tls?: TlsSource | undefined;
  readonly limits?: Partial<HttpLimits>;
  /** In every answer, besides `date` and `connection`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Requests are taken apart and served in turns of the loop that have room; at once when absent. */
  readonly turns?: TurnBudget | undefined;
  /** Serves a request: answers it now or later, and never throws. */
  readonly serve: (exchange: Exchange) => void;
  /** What who sent no HTTP is told, before the connection is closed. */
  readonly answerTo: (problem: HttpProblem) => ProblemAnswer;
  /** A connection could not be accepted: there are no more descriptors. */
  readonly onAcceptError: (error: Error) => void;
} & ReceiveSlabsOptions;

export type ProblemAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export class HttpServer implements ConnectionServer {
  /** To be bound with `listen` of @cairn/service. */
  readonly listener: Server;
  readonly limits: HttpLimits;
  readonly slabs: ReceiveSlabs;
  readonly receiveBuffer: Buffer = Buffer.allocUnsafeSlow(sharedReceiveBytes);
  readonly sendBuffer = new SharedSendBuffer();
  readonly tickMs: number;
  readonly turns: TurnBudget | undefined;
  readonly #options: HttpServerOptions;
  readonly #fieldLines: string;
  /** Clients let go of a connection before we do, and so never send into one that is being closed. */
  readonly #keepAliveLines: string;
  readonly #dateLine = new DateLine();
  readonly #connections = new Set<Connection>();
  /** TCP connections, those in the middle of a TLS handshake too. */
  readonly #sockets = new Set<Socket>();
  /** By a clock that stands still while the process does. */
  #nowMs = 0;
  #tick: Timer | undefined;
  #closing = false;
  #onLastClosed: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.slabs = new ReceiveSlabs(options);
    this.turns = options.turns;
    this.limits = { ...defaultHttpLimits, ...options.limits };
    this.#fieldLines = Object.entries(options.fields ?? {})
      .map(([name, value]) => fieldLine(name, value))
      .join('');
    const keepAliveSeconds = Math.floor(this.limits.keepAliveTimeoutMs / 1000);
    this.#keepAliveLines = `connection: keep-alive\r\nkeep-alive: timeout=${keepAliveSeconds}\r\n\r\n`;
    this.tickMs = tickMsOf(this.limits);
    this.listener = options.tls === undefined ? this.#plainListener() : this.#tlsListener(options.tls);
    // The first one, if the address cannot be had, is thrown by `listen` too.
    this.listener.on('error', (error) => {
      if (this.listener.listening) options.onAcceptError(error);
    });
    this.#scheduleTick();
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get closing(): boolean {
    return this.#closing;
  }

  serve(exchange: Exchange): void {
    this.#options.serve(exchange);
  }

  lastLines({ keepAlive }: { readonly keepAlive: boolean }): string {
    const date = this.#dateLine.at(this.#options.clock.nowMs());
    return `${this.#fieldLines}${date}${keepAlive ? this.#keepAliveLines : 'connection: close\r\n\r\n'}`;
  }

  problemAnswer(problem: HttpProblem): string {
    const { status, headers, body } = this.#options.answerTo(problem);
    const lines = Object.entries(headers).map(([name, value]) => fieldLine(name, value));
    const text = Buffer.from(body).toString('latin1');
    const length = `content-length: ${text.length}\r\n`;
    return `${statusLine(status)}${lines.join('')}${length}${this.lastLines({ keepAlive: false })}${text}`;
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /**
   * Accepts no more, ends connections without a request, lets the others finish theirs, and cuts what is left when the
   * deadline aborts. Resolves when every connection is closed.
   */
  async close(deadline: AbortSignal): Promise<void> {
    this.#closing = true;
    if (this.listener.listening) this.listener.close();
    for (const connection of this.#connections) connection.close();
    const cut = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    deadline.addEventListener('abort', cut);
    if (deadline.aborted) cut();
    await this.#lastClosed();
    deadline.removeEventListener('abort', cut);
    this.#tick?.cancel();
  }

  #lastClosed(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onLastClosed = resolve;
    });
  }

  #plainListener(): Server {
    const listener = new NetServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true });
    listener.on('connection', (accepted) => {
      const receiver = (socket: Socket) => this.#connect(socket, { secure: false });
      this.#track(ownBufferSocket(accepted, { firstBuffer: this.receiveBuffer, receiver }));
    });
    return listener;
  }

  #tlsListener(source: TlsSource): Server {
    const listener = tls.createServer({ ...tlsServerOptions(source), noDelay: true, allowHalfOpen: true });
    followTlsSource(listener, source);
    listener.on('connection', (socket: Socket) => this.#track(socket));
    listener.on('secureConnection', (socket) => {
      const connection = this.#connect(socket, { secure: true });
      socket.on('data', (bytes: Buffer) => connection.received(bytes, { length: bytes.length, kept: true }));
    });
    return listener;
  }

  #connect(socket: Socket, { secure }: { secure: boolean }): Connection {
    const connection = new Connection(socket, { secure, server: this });
    this.#connections.add(connection);
    return connection;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onLastClosed?.();
    });
  }

  /**
   * Only time in which this process ran counts: after a pause of it, or of its machine, what clients sent meanwhile lies in the
   * sockets, and nobody has looked yet. So a tick that comes much too late counts as two.
   */
  #scheduleTick(): void {
    const { clock } = this.#options;
    const sinceMs = clock.monotonicMs();
    this.#tick = clock.setTimer(this.tickMs, () => {
      const passedMs = Math.min(clock.monotonicMs() - sinceMs, 2 * this.tickMs);
      this.#nowMs += passedMs;
      for (const connection of this.#connections) connection.checkTime(passedMs);
      this.#scheduleTick();
    });
  }
}

/** Often enough that the shortest time limit is kept to a quarter. */
function tickMsOf({ headTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs }: HttpLimits): number {
  const quarterMs = Math.min(headTimeoutMs, keepAliveTimeoutMs, idleTimeoutMs) / 4;
  return Math.min(tickMsMax, Math.max(tickMsMin, quarterMs));
}

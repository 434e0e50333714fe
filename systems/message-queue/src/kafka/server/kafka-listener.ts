// The port: accepts connections, plain and, where there is a key pair, TLS on the same port; counts them, looks at their
// time, and closes them. It knows no request.

import { Server as NetServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { followTlsSource, ownBufferSocket, type TlsSource, tlsServerOptions } from '@cairn/service';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock, Timer } from '@cairn/world';
import {
  connectionIdleMsDefault,
  connectionsMaxDefault,
  connectionTickMs,
  frameGraceMs as frameGraceMsDefault,
  loginTimeoutMs,
  sharedReceiveBytes,
  turnBudgetMs,
} from '../../limits.ts';
import { RunningClock } from '../../running-clock.ts';
import { MalformedMessageError } from '../wire/malformed-message.ts';
import { Connection, type ConnectionShared, type RequestServer } from './connection.ts';
import { beginsTls, readFirstBytes } from './first-byte.ts';
import { ForeignProtocolError } from './foreign-protocol.ts';
import { FrameBuffers } from './frame-buffers.ts';
import { RefusedRequest } from './refused-request.ts';
import { Turns } from './turns.ts';

export type KafkaListenerOptions = {
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly tls?: TlsSource | undefined;
  readonly connectionsMax?: number | undefined;
  readonly connectionIdleMs?: number | undefined;
  readonly frameBytesMax?: number | undefined;
  /** Of all requests together that are not answered. */
  readonly requestBytesMax?: number | undefined;
  readonly loginTimeoutMs?: number | undefined;
  /** Until who has the memory of a frame that others wait for is cut for not sending it. */
  readonly frameGraceMs?: number | undefined;
  readonly tickMs?: number | undefined;
  readonly serverOf: (connection: Connection) => RequestServer;
};

const keepAliveProbeMs = 60_000;

export class KafkaListener {
  /** To be bound with `listen` of @cairn/service. */
  readonly server: Server;
  readonly #options: KafkaListenerOptions;
  /** Of silence: nobody can be heard while the process stands still. */
  readonly #running: RunningClock;
  readonly #shared: ConnectionShared;
  readonly #tlsServer: tls.Server | undefined;
  readonly #connections = new Set<Connection>();
  /** TCP connections, those in the middle of a TLS handshake too. */
  readonly #sockets = new Set<Socket>();
  /** Those that have not sent a byte: nobody knows yet whether they speak TLS. */
  readonly #silent = new Set<Socket>();
  /** Protocols of clients that came to the wrong port. */
  readonly #foreign = new Set<string>();
  #closing = false;
  #tick: Timer | undefined;
  #onLastClosed: (() => void) | undefined;

  constructor(options: KafkaListenerOptions) {
    this.#options = options;
    this.#running = new RunningClock(options.clock);
    this.#shared = this.#share();
    this.#tlsServer = options.tls === undefined ? undefined : this.#openTls(options.tls);
    this.server = this.#openPlain();
    this.#scheduleTick();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Of requests that were received and are not answered. */
  get requestBytes(): number {
    return this.#shared.buffers.usedBytes;
  }

  /**
   * Accepts no more, lets the requests that were begun be answered, and cuts what is left when the deadline aborts.
   * Resolves when every connection is closed.
   */
  async close(deadline: AbortSignal): Promise<void> {
    this.#closing = true;
    if (this.server.listening) this.server.close();
    for (const connection of this.#connections) connection.close();
    const cut = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    for (const socket of this.#silent) socket.destroy();
    deadline.addEventListener('abort', cut);
    if (deadline.aborted) cut();
    await this.#lastClosed();
    deadline.removeEventListener('abort', cut);
    this.#tick?.cancel();
    // It never listened; what follows the key pair is told by its event.
    this.#tlsServer?.emit('close');
  }

  #share(): ConnectionShared {
    const { clock, log, frameBytesMax, requestBytesMax } = this.#options;
    return {
      buffers: new FrameBuffers(requestBytesMax === undefined ? {} : { usedBytesMax: requestBytesMax }),
      receiveBuffer: Buffer.allocUnsafeSlow(sharedReceiveBytes),
      turns: new Turns(clock, turnBudgetMs),
      frameBytesMax,
      nowMs: () => this.#running.monotonicMs(),
      later: (delayMs, callback) => void clock.setTimer(delayMs, callback),
      onCut: ({ socket }, error) => {
        const fields = { client: socket.remoteAddress, error };
        if (error instanceof ForeignProtocolError) this.#tellForeign(error, fields);
        else if (error instanceof MalformedMessageError || error instanceof RefusedRequest)
          log.info('kafka connection cut', fields);
        else log.error('kafka request failed', fields);
      },
      onClosed: (connection) => this.#connections.delete(connection),
    };
  }

  /** Once of each protocol, so that an operator sees it; else who scans ports would fill the log. */
  #tellForeign(error: ForeignProtocolError, fields: Record<string, unknown>): void {
    const level = this.#foreign.has(error.protocol) ? 'info' : 'warn';
    this.#foreign.add(error.protocol);
    this.#options.log[level]('kafka connection of another protocol', fields);
  }

  #openPlain(): Server {
    const { tls: source, log, connectionsMax = connectionsMaxDefault } = this.#options;
    const server = new NetServer({
      noDelay: true,
      allowHalfOpen: true,
      pauseOnConnect: source === undefined,
    });
    server.maxConnections = connectionsMax;
    server.on('drop', () => log.warn('kafka connection refused: there are as many as there may be'));
    server.on('connection', (socket) => {
      if (this.#tlsServer === undefined) this.#connectPlain(socket);
      else this.#tellApart(socket);
    });
    server.on('error', (error) => {
      if (server.listening) log.warn('kafka connection not accepted', { error });
    });
    return server;
  }

  #openTls(source: TlsSource): tls.Server {
    const { ALPNProtocols: _, ...options } = tlsServerOptions(source);
    const server = tls.createServer({ ...options, allowHalfOpen: true });
    followTlsSource(server, source);
    server.on('secureConnection', (socket) => {
      const connection = this.#connect(socket);
      socket.on('data', (bytes: Buffer) => connection.received(bytes));
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    return server;
  }

  #tellApart(socket: Socket): void {
    this.#track(socket);
    socket.on('error', () => {});
    socket.on('end', () => socket.destroySoon());
    this.#silent.add(socket);
    const timer = this.#options.clock.setTimer(this.#loginTimeoutMs, () => socket.destroy());
    const told = () => {
      timer.cancel();
      this.#silent.delete(socket);
    };
    socket.once('close', told);
    readFirstBytes(socket, (bytes) => {
      told();
      socket.removeAllListeners('end');
      if (!beginsTls(bytes)) return this.#connectPlain(socket, bytes);
      socket.unshift(bytes);
      this.#tlsServer!.emit('connection', socket);
    });
  }

  #connectPlain(accepted: Socket, firstBytes?: Buffer): void {
    let connection: Connection | undefined;
    const socket = ownBufferSocket(accepted, {
      firstBuffer: this.#shared.receiveBuffer,
      receiver: (socket) => {
        connection = this.#connect(socket);
        return connection;
      },
    });
    this.#sockets.delete(accepted);
    this.#track(socket);
    if (firstBytes !== undefined) connection?.received(firstBytes);
  }

  #connect(socket: Socket): Connection {
    socket.setKeepAlive(true, keepAliveProbeMs);
    const connection = new Connection(socket, { shared: this.#shared, server: this.#options.serverOf });
    this.#connections.add(connection);
    // Its handshake ended after the listener was closed.
    if (this.#closing) connection.close();
    return connection;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onLastClosed?.();
    });
  }

  #lastClosed(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onLastClosed = resolve;
    });
  }

  get #loginTimeoutMs(): number {
    return this.#options.loginTimeoutMs ?? loginTimeoutMs;
  }

  #scheduleTick(): void {
    const { tickMs = connectionTickMs } = this.#options;
    this.#tick = this.#running.setTimer(tickMs, () => {
      for (const connection of this.#connections) this.#checkTime(connection);
      this.#scheduleTick();
    });
  }

  /** Cuts who never logged in, who neither sends nor takes anything, and who holds memory that others wait for. */
  #checkTime(connection: Connection): void {
    const { connectionIdleMs = connectionIdleMsDefault, frameGraceMs: graceMs = frameGraceMsDefault } =
      this.#options;
    const nowMs = this.#shared.nowMs();
    const isStranger = !connection.isTrusted && nowMs - connection.openedMs >= this.#loginTimeoutMs;
    // Whose request is served waits for us, unless we wait for it to take its answers.
    const isWaiting = connection.isServing && !connection.hasUnsent;
    const isIdle = !isWaiting && nowMs - connection.activeMs >= connectionIdleMs;
    if (isStranger || isIdle || connection.isInTheWay({ nowMs, graceMs })) connection.cut();
  }
}

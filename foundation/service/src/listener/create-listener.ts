// The HTTP server that every system's endpoint stands on: plain or TLS, with limits that cut slow clients, a key pair
// that follows its files, and connections counted so that it can close gracefully.

import type { RequestListener, Server, ServerOptions } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '@cairn/world';
import * as limits from '../limits.ts';
import type { TlsSource } from '../system-definition.ts';
import { ClientTimes } from './client-times.ts';
import { Drain, drainedResponse } from './drain.ts';
import { followTlsSource, tlsServerOptions } from './tls-server.ts';

// Not by an import, which reads every export of the module: one of them loads Node's fetch, 16 MB.
const [http, https] = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')];

export type Listener = Server | SecureServer;

export type ListenerOptions = {
  readonly clock: Clock;
  /** Speaks TLS when present and follows its changes; `settings.tls` of the system's context. */
  readonly tls?: TlsSource | undefined;
  readonly handler: RequestListener;
  /** Given requests that wait for `100 Continue`; it calls `response.writeContinue()` itself when it wants the body. */
  readonly handleContinue?: RequestListener | undefined;
  readonly limits?: Partial<ListenerLimits>;
  /** A connection could not be accepted: there are no more descriptors, or buffers. */
  readonly onAcceptError?: ((error: Error) => void) | undefined;
};

export type ListenerLimits = {
  readonly headersTimeoutMs: number;
  /** For the whole request with its body; 0 sets no bound, and the idle timeout still cuts a client that stalls. */
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Of a body that is waited for, in `idleTimeoutMs` of waiting. */
  readonly bodyBytesMin: number;
  readonly headerBytesMax: number;
};

export const defaultListenerLimits: ListenerLimits = {
  headersTimeoutMs: limits.headersTimeoutMs,
  requestTimeoutMs: limits.requestTimeoutMs,
  idleTimeoutMs: limits.idleTimeoutMs,
  keepAliveTimeoutMs: limits.keepAliveTimeoutMs,
  bodyBytesMin: limits.bodyBytesMin,
  headerBytesMax: limits.headerBytesMax,
};

/** A server that does not listen yet: see `listen` and `closeGracefully`. */
export function createListener(options: ListenerOptions): Listener {
  const chosen = { ...defaultListenerLimits, ...options.limits };
  const drain = new Drain();
  const times = new ClientTimes({ clock: options.clock, limits: chosen, drain });
  const serverOptions = {
    ...serverOptionsOf(chosen),
    ServerResponse: drainedResponse(drain),
  };
  const server =
    options.tls === undefined
      ? http.createServer(serverOptions, options.handler)
      : createTlsServer(options.tls, serverOptions, options.handler);
  // Without a listener it would end the process. The first one, if the address cannot be had, is thrown by `listen` too.
  server.on('error', (error) => {
    if (server.listening) options.onAcceptError?.(error);
  });
  if (options.handleContinue !== undefined) server.on('checkContinue', options.handleContinue);
  server.setTimeout(chosen.idleTimeoutMs, (socket: Socket) => {
    const { timeout = chosen.idleTimeoutMs } = socket;
    // Work may take longer than any client may idle: a check of everything takes minutes, and says nothing meanwhile.
    if (drain.owesAnswer(socket) || times.stoodStillWithin(timeout)) socket.setTimeout(timeout);
    else socket.destroy();
  });
  times.attach(server);
  drain.attach(server, options.tls === undefined ? 'connection' : 'secureConnection');
  drains.set(server, drain);
  return server;
}

const drains = new WeakMap<Listener, Drain>();

/** The connections of a server that `createListener` made. */
export function drainOf(server: Listener): Drain | undefined {
  return drains.get(server);
}

function serverOptionsOf(chosen: ListenerLimits): ServerOptions {
  return {
    maxHeaderSize: chosen.headerBytesMax,
    // `ClientTimes` keeps them.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: chosen.keepAliveTimeoutMs,
    noDelay: true,
  };
}

function createTlsServer(
  source: TlsSource,
  serverOptions: ServerOptions,
  handler: RequestListener,
): SecureServer {
  const server = https.createServer({ ...serverOptions, ...tlsServerOptions(source) }, handler);
  followTlsSource(server, source);
  return server;
}

// Binding a server to its address, and closing it: for the 7000 listener and for every system's own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, isIPv6, type Server } from 'node:net';
import tls from 'node:tls';
import { reasonOf, UnusableStart } from '../unusable-start.ts';
import { drainOf, type Listener } from './create-listener.ts';

export type ListenOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The configuration key of the port, for the message when it is taken: `object-storage.s3.port`. */
  readonly key?: string;
};

/** Where a server can be reached: the real port, and a URL without a path (`http://127.0.0.1:9000`). */
export type ListenAddress = { readonly host: string; readonly port: number; readonly url: string };

/**
 * Binds the server. Fails with UnusableStart: `port-in-use` names the port and its configuration key,
 * `address-unusable` is any other refusal (no such address, a privileged port).
 */
export async function listen(server: Server, options: ListenOptions): Promise<ListenAddress> {
  try {
    server.listen({ host: options.host, port: options.port });
    // Rejects when the server emits `error` first.
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, options);
  }
  const { port } = server.address() as AddressInfo;
  const protocol = server instanceof tls.Server ? 'https' : 'http';
  return { host: options.host, port, url: `${protocol}://${hostInUrl(options.host)}:${port}` };
}

/**
 * Stops accepting, closes idle connections, lets requests in flight finish, and cuts what is left when the deadline
 * aborts. Resolves when every connection is closed; a server that never listened closes at once.
 */
export async function closeGracefully(server: Listener, deadline: AbortSignal): Promise<void> {
  const drain = drainOf(server);
  assert(drain !== undefined, 'closeGracefully takes a server that createListener made');
  const closed = server.listening ? once(server, 'close') : Promise.resolve();
  if (server.listening) server.close();
  drain.close();
  const cut = () => drain.cut();
  deadline.addEventListener('abort', cut);
  if (deadline.aborted) cut();
  await closed;
  deadline.removeEventListener('abort', cut);
}

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function listenError(error: unknown, options: ListenOptions): UnusableStart {
  const address = `${hostInUrl(options.host)}:${options.port}`;
  const key = options.key === undefined ? '' : ` (${options.key})`;
  const change = options.key === undefined ? 'take another port' : `set ${options.key} to another port`;
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    const message = `could not listen on ${address}${key}: the port is in use; ${change}, 0 takes a free one`;
    return new UnusableStart('port-in-use', message, { cause: error });
  }
  const hint = hints[(error as NodeJS.ErrnoException).code ?? ''] ?? '';
  const message = `could not listen on ${address}${key}: ${reasonOf(error)}${hint}`;
  return new UnusableStart('address-unusable', message, { cause: error });
}

/** What somebody in a hurry does next. */
const hints: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: '; set host to an address of this machine',
  ENOTFOUND: '; set host to an address of this machine',
  EACCES: '; ports below 1024 are for privileged users',
};

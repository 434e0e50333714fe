// A port for a server that cannot be asked to take a free one itself: it starts in another process, or again and again. Prefer port 0.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A port of 127.0.0.1 that nothing listens on now.
 *
 * A connection to it was ended from its side, so it stays in TIME-WAIT there (RFC 9293, 3.6): for a minute Linux gives the port to
 * nobody who asks for any, as servers and clients of other tests do, but to one who names it with SO_REUSEADDR, as servers do.
 */
export async function freePort(): Promise<number> {
  const server = createServer((accepted) => void accepted.resume().end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(connect(port, '127.0.0.1').resume(), 'close');
  server.close();
  await once(server, 'close');
  return port;
}

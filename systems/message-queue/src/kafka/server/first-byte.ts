// Tells TLS from plain on one port: the first byte of a TLS connection is 22, the type of its first record (RFC 8446,
// 5.1). A frame of Kafka that began so would be of 369 MB or more, which no frame may be.

import type { Socket } from 'node:net';

const tlsHandshake = 22;

/** Calls back once, when the first bytes of a connection have come: it is paused then. */
export function readFirstBytes(socket: Socket, callback: (bytes: Buffer) => void): void {
  socket.once('data', (bytes: Buffer) => {
    socket.pause();
    callback(bytes);
  });
}

export function beginsTls(bytes: Buffer): boolean {
  return bytes[0] === tlsHandshake;
}

// How messages are sent to a server by finished bytes, so that sending costs the client nothing, and how what is
// acknowledged is counted.

import type { Socket } from 'node:net';

export type Publishing = {
  readonly port: number;
  /** Speaks first what the server wants to hear; resolves when requests may follow. Answers are read from then on. */
  readonly greet?: (socket: Socket) => Promise<void>;
  /** The bytes of the request with this number, counted from 0. The same bytes may be given many times. */
  readonly request: (index: number) => Uint8Array;
  /** How many messages each request carries. */
  readonly messages: number;
  /** For each connection: takes what came, gives how many messages that acknowledges. Throws at anything else. */
  readonly acknowledged: () => (bytes: Buffer) => number;
};

/** One answer to read in full, for greetings: collects until `isWhole` says so. */
export function answerOf(socket: Socket, isWhole: (text: Buffer) => boolean): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let collected: Buffer = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => {
    collected = Buffer.concat([collected, bytes]);
    if (isWhole(collected)) resolve(collected);
  };
  const onClose = (): void => reject(new Error(`the server closed the connection: ${collected}`));
  socket.on('data', onData);
  socket.once('close', onClose);
  return promise.finally(() => {
    socket.off('data', onData);
    socket.off('close', onClose);
  });
}

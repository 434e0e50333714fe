// A socket that receives into buffers of ours.
//
// `net.Socket` can do that (its documented option `onread`), but a `net.Server` makes its sockets without asking. So the
// connection is moved from the socket that the server made into one made here. That takes two names of Node's insides,
// the property `_handle` and what the option `handle` takes; Node is pinned, and the tests of this server fail should
// they change. What it is worth: receiving 1 MiB costs 150 us instead of 390, a small request 2 us less.

import assert from 'node:assert/strict';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** Who gets the bytes. */
export type ReceivesBytes = {
  /** Where the next bytes are to be put; asked for after each `receivedInto`. */
  nextBuffer(): Buffer;
  receivedInto(buffer: Buffer, length: number): void;
};

type OwnBufferOptions = {
  readonly firstBuffer: Buffer;
  readonly receiver: (socket: Socket) => ReceivesBytes;
};

/**
 * Moves the connection of `accepted`, which was paused on connect, into a socket whose bytes go to `receiver`. That one
 * says `drain` whenever the kernel did not take a write at once, and stays open for writing when the client ends.
 */
export function ownBufferSocket(accepted: Socket, { firstBuffer, receiver }: OwnBufferOptions): Socket {
  const connected = accepted as unknown as { _handle: SocketConstructorOpts['handle'] | null };
  const handle = connected._handle;
  assert(handle, 'a server hands over a connected socket');
  connected._handle = null;
  let receives: ReceivesBytes | undefined;
  const socket = new Socket({
    handle,
    allowHalfOpen: true,
    ...{ writableHighWaterMark: 1 },
    onread: {
      buffer: () => receives?.nextBuffer() ?? firstBuffer,
      callback(length, buffer) {
        receives!.receivedInto(buffer as Buffer, length);
        return true;
      },
    },
  });
  receives = receiver(socket);
  // Without it there is no `end`.
  socket.resume();
  return socket;
}

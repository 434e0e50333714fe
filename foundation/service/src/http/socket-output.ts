// Writes to one socket, and knows when the kernel has all of it.
//
// A write that the kernel takes at once, which is nearly every one, needs no promise, no callback and no memory of its
// own: head and body are put together in a buffer that all connections share. When the kernel does not take all of it
// the buffer belongs to that write from then on.

import type { Socket } from 'node:net';
import { sharedSendBytes } from './limits.ts';

/** The buffer that answers are put together in. */
export class SharedSendBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(sharedSendBytes);

  replace(): void {
    this.bytes = Buffer.allocUnsafeSlow(sharedSendBytes);
  }
}

/** The connection ended before the kernel had everything. */
export class OutputLost extends Error {}

export type OutputOptions = {
  /** Undefined where the kernel never takes a write at once: under TLS. */
  readonly shared: SharedSendBuffer | undefined;
  /** The kernel has everything again, after it had not. */
  readonly onEmpty: () => void;
};

export class SocketOutput {
  readonly #socket: Socket;
  readonly #options: OutputOptions;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** A plain socket must have a `writableHighWaterMark` of 1, so that it says `drain` whenever it was behind. */
  constructor(socket: Socket, options: OutputOptions) {
    this.#socket = socket;
    this.#options = options;
    if (options.shared !== undefined) socket.on('drain', this.#onTaken);
  }

  /** The kernel does not have everything. */
  get pending(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** Text and bytes in one write if they are few. Whether `bytes` may change at once; else when the kernel has everything. */
  writeTogether(text: string, bytes: Uint8Array): boolean {
    const length = text.length + bytes.length;
    if (length > sharedSendBytes) {
      this.#socket.cork();
      this.write(Buffer.from(text, 'latin1'));
      this.write(bytes);
      this.#socket.uncork();
      return !this.pending;
    }
    const { shared } = this.#options;
    const into = shared?.bytes ?? Buffer.allocUnsafe(length);
    into.write(text, 0, 'latin1');
    into.set(bytes, text.length);
    this.write(into.subarray(0, length));
    if (this.pending) shared?.replace();
    return true;
  }

  /** `bytes` must not change until the kernel has them. */
  write(bytes: Uint8Array): void {
    if (this.#options.shared !== undefined) this.#socket.write(bytes);
    else this.#socket.write(bytes, this.#onTaken);
  }

  /** Undefined when the kernel has everything, else a promise of that. Rejects with OutputLost. */
  whenEmpty(): Promise<void> | undefined {
    if (!this.pending) return undefined;
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** To be called when the socket is closed. */
  closed(): void {
    this.#waiting?.reject(new OutputLost());
    this.#waiting = undefined;
  }

  readonly #onTaken = (): void => {
    if (this.pending || this.#socket.destroyed) return;
    this.#waiting?.resolve();
    this.#waiting = undefined;
    this.#options.onEmpty();
  };
}

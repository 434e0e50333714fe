// The bytes of a request as they arrive, without copying them. At most a few pieces wait: when the reader is slower than
// the client, the socket is not read.
//
// A client that goes away, or stalls for the listener's idle time, is an error and never a hang.

import type { IncomingMessage } from 'node:http';
import { ObjectStorageError } from '../../errors.ts';
import { waitingBytesMax } from '../limits.ts';
import type { TurnBudget } from './turn-budget.ts';

/** Starts the idle time anew: Node lets it run out once, and then waits for something to move. */
export function awaitAgain({ socket }: IncomingMessage): void {
  socket.setTimeout(socket.timeout ?? 0);
}

export class RequestSource implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage;
  readonly #onFirstRead: () => void;
  readonly #turns: TurnBudget;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #receivedBytes = 0;
  #ended = false;
  #failure: ObjectStorageError | undefined;
  #wake: (() => void) | undefined;

  /** `onFirstRead` is called when somebody wants the body: time to answer `100 Continue`. */
  constructor(request: IncomingMessage, options: { onFirstRead: () => void; turns: TurnBudget }) {
    this.#request = request;
    this.#onFirstRead = options.onFirstRead;
    this.#turns = options.turns;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** To be called once. Throws IncompleteBody, RequestTimeout. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#start();
    try {
      for (;;) {
        const piece = this.#waiting.shift();
        if (piece !== undefined) {
          this.#waitingBytes -= piece.length;
          await this.#turns.turn();
          yield piece;
        } else if (this.#ended) return;
        else if (this.#failure !== undefined) throw this.#failure;
        else await this.#arrival();
      }
    } finally {
      this.#stop();
    }
  }

  #start(): void {
    const request = this.#request;
    // Also when all of it came: what was not read when the connection ended is gone, and says nothing any more.
    if (request.destroyed && !request.readableEnded) this.#failure = new ObjectStorageError('IncompleteBody');
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('close', this.#onClose);
    request.on('error', this.#onClose);
    request.on('timeout', this.#onTimeout);
    this.#onFirstRead();
  }

  #stop(): void {
    const request = this.#request;
    request.pause();
    request.off('data', this.#onData);
    request.off('end', this.#onEnd);
    request.off('close', this.#onClose);
    request.off('timeout', this.#onTimeout);
    // The listener for errors stays: one that comes later has nobody else, and an unheard one ends the process.
  }

  #arrival(): Promise<void> {
    if (this.#request.isPaused()) this.#request.resume();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #onData = (piece: Buffer): void => {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#receivedBytes += piece.length;
    if (this.#waitingBytes >= waitingBytesMax) this.#request.pause();
    this.#wakeReader();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wakeReader();
  };

  readonly #onClose = (): void => {
    this.#failure ??= new ObjectStorageError('IncompleteBody');
    this.#wakeReader();
  };

  /** Nothing moved for the idle time: the client's fault only if we waited for it. */
  readonly #onTimeout = (): void => {
    if (this.#wake === undefined) {
      awaitAgain(this.#request);
      return;
    }
    this.#failure ??= new ObjectStorageError('RequestTimeout');
    this.#wakeReader();
  };

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

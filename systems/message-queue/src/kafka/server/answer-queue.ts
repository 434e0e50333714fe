// Answers leave in the order of their requests, whenever each is ready.

type Slot = { pieces: readonly Uint8Array[] | undefined; isReady: boolean };

export class AnswerQueue {
  readonly #send: (pieces: readonly Uint8Array[]) => void;
  readonly #slots: Slot[] = [];
  #readyBytes = 0;

  constructor(send: (pieces: readonly Uint8Array[]) => void) {
    this.#send = send;
  }

  /** Requests without an answer. */
  get length(): number {
    return this.#slots.length;
  }

  /** Of answers that wait for others. */
  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** A place for the answer of the request that begins now; the returned function fills it, with nothing for no answer. */
  reserve(): (pieces: readonly Uint8Array[] | undefined) => void {
    const slot: Slot = { pieces: undefined, isReady: false };
    this.#slots.push(slot);
    return (pieces) => {
      slot.pieces = pieces;
      slot.isReady = true;
      this.#readyBytes += bytesOf(pieces);
      this.#sendReady();
    };
  }

  #sendReady(): void {
    const pieces: Uint8Array[] = [];
    while (this.#slots[0]?.isReady) {
      const ready = this.#slots.shift()!.pieces;
      this.#readyBytes -= bytesOf(ready);
      if (ready !== undefined) pieces.push(...ready);
    }
    if (pieces.length > 0) this.#send(pieces);
  }
}

function bytesOf(pieces: readonly Uint8Array[] | undefined): number {
  return pieces?.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
}

// An object's bytes on their way out.

/**
 * Chunks in order, every block verified before it is given. Small content is there at once as `whole`; larger is read
 * as it is consumed, and holds its segments until it is read to the end or closed.
 */
export type Readable = {
  readonly sizeBytes: number;
  /** All bytes, when they were few enough to be read at once; valid until it is closed. */
  readonly whole: Uint8Array | undefined;
  /** A chunk is valid until the next one is asked for: its buffer is used again. Throws InternalError on damage. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Gives up what is left. Idempotent; not needed after the last chunk. */
  close(): void;
};

/** Bytes that are there. */
export function wholeContent(whole: Uint8Array): Readable {
  return new WholeContent(whole);
}

/** A class, because most reads make one. */
class WholeContent implements Readable {
  readonly whole: Uint8Array;

  constructor(whole: Uint8Array) {
    this.whole = whole;
  }

  get sizeBytes(): number {
    return this.whole.byteLength;
  }

  async *chunks(): AsyncIterable<Uint8Array> {
    yield this.whole;
  }

  close(): void {}
}

/** Bytes in memory that is lent: it serves the next read once this is closed, which who sends it does when it is sent. */
export class LentContent extends WholeContent {
  readonly #giveBack: () => void;
  #closed = false;

  constructor(whole: Uint8Array, giveBack: () => void) {
    super(whole);
    this.#giveBack = giveBack;
  }

  /** Twice would lend the memory to two at a time. */
  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#giveBack();
  }
}

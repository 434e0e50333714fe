// A buffer for texts on their way into a hash. Making a view of a buffer costs a fifth of hashing what it shows, and the
// same lengths come again and again, so views are kept.

export class ScratchBuffer {
  readonly bytes: Buffer;
  readonly #start: number;
  readonly #views: Buffer[] = [];

  /** Texts come behind the first `start` bytes, which are the caller's. */
  constructor(length: number, { start = 0 } = {}) {
    this.bytes = Buffer.alloc(start + length);
    this.#start = start;
  }

  /** Of the longest text. */
  get length(): number {
    return this.bytes.length - this.#start;
  }

  /** The buffer up to the end of a text, written as Latin-1; until the next one is. */
  holding(text: string): Buffer {
    const length = this.#start + this.bytes.write(text, this.#start, 'latin1');
    this.#views[length] ??= this.bytes.subarray(0, length);
    return this.#views[length];
  }
}

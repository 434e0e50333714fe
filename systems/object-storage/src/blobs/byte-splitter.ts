// One stream of bytes as several, one after the other: what comes first is gathered, the rest is given in parts.

export class ByteSplitter {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #pending: Uint8Array[] = [];
  /** The source has given everything. */
  ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Chunks until they are more than `bytesMax` or the source ends. */
  async gather(bytesMax: number): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for (let bytes = 0; bytes <= bytesMax; ) {
      const chunk = await this.#take();
      if (chunk === undefined) break;
      chunks.push(chunk);
      bytes += chunk.byteLength;
    }
    return chunks;
  }

  putBack(chunks: readonly Uint8Array[]): void {
    this.#pending.unshift(...chunks);
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    const chunk = await this.#take();
    if (chunk === undefined) return true;
    this.putBack([chunk]);
    return false;
  }

  /** The next `bytesMax` bytes, or fewer at the end. To be read to its end before the next one. */
  async *next(bytesMax: number): AsyncGenerator<Uint8Array> {
    for (let left = bytesMax; left > 0; ) {
      const chunk = await this.#take();
      if (chunk === undefined) return;
      if (chunk.byteLength > left) this.putBack([chunk.subarray(left)]);
      yield chunk.subarray(0, left);
      left -= Math.min(left, chunk.byteLength);
    }
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    if (!this.ended) await this.#source.return?.();
  }

  /** Undefined at the end; never empty. */
  async #take(): Promise<Uint8Array | undefined> {
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    while (!this.ended) {
      const { done, value } = await this.#source.next();
      if (done === true) this.ended = true;
      else if (value.byteLength > 0) return value;
    }
    return undefined;
  }
}

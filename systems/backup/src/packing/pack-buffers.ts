// Memory for packs, filled anew once a pack was stored: fresh memory costs as much per byte as all of hashing does.
//
// It is shared memory, so that a worker's pack crosses to the main thread without a copy.

/** A pack under way, one being stored, and some slack: what comes back beyond is left to the collector. */
const sparesMax = 4;

export class PackBuffers {
  readonly #bytes: number;
  readonly #spares: SharedArrayBuffer[] = [];

  /** `bytes` is the size of every buffer. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): SharedArrayBuffer {
    return this.#spares.pop() ?? new SharedArrayBuffer(this.#bytes);
  }

  /** Buffers of packs that nobody reads any more; those of another size are ignored. */
  giveBack(buffers: readonly SharedArrayBuffer[]): void {
    for (const buffer of buffers)
      if (buffer.byteLength === this.#bytes && this.#spares.length < sparesMax) this.#spares.push(buffer);
  }
}

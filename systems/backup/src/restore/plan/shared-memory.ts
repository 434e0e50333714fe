// Shared memory for ciphertexts on their way to workers, used again: a fresh buffer is zeroed and paged in each time, which
// costs as much as decrypting what comes into it.

/** What a unit of work has at most, but for gaps: so most buffers serve any unit. Pages that are not written to take no memory. */
const stepBytes = 4 * 1024 * 1024;
const keptMax = 16;

export class SharedMemory {
  readonly #free: SharedArrayBuffer[] = [];

  /** At least `bytes`; what is in it is of no meaning. */
  take(bytes: number): SharedArrayBuffer {
    const at = this.#free.findIndex((buffer) => buffer.byteLength >= bytes);
    if (at !== -1) return this.#free.splice(at, 1)[0]!;
    // The new one takes the place of one that is too small, or there would be more and more of them.
    this.#free.shift();
    return new SharedArrayBuffer(Math.max(1, Math.ceil(bytes / stepBytes)) * stepBytes);
  }

  give(buffer: SharedArrayBuffer): void {
    if (this.#free.length < keptMax) this.#free.push(buffer);
  }
}

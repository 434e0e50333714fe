// Memory for packs, filled anew once a pack was stored: fresh memory costs as much per byte as all of hashing does.
//
//   states   a word for each slot: free or taken        One shared memory for all threads of a backup: whoever begins a pack
//   slot     packBytes                                  takes the lowest free slot, so of two archivers one fills what the
//   slot     packBytes                                  other's pack left, and what was never needed at once takes no memory.
//
// A pack crosses threads without a copy. Where no slot is free, it has memory of its own, which nobody gets back.

/** Crosses threads as it is; `PackBuffers.attach` makes buffers of it there. */
export type PackBuffersHandle = {
  readonly memory: SharedArrayBuffer;
  readonly packBytes: number;
  readonly count: number;
};

const free = 0;
const taken = 1;
/** Slots begin at a page, so that none shares one with another. */
const pageBytes = 4096;

export class PackBuffers {
  readonly handle: PackBuffersHandle;
  readonly #states: Int32Array;
  readonly #slotsStart: number;

  private constructor(handle: PackBuffersHandle) {
    const { memory, packBytes, count } = handle;
    this.handle = handle;
    this.#states = new Int32Array(memory, 0, count);
    this.#slotsStart = memory.byteLength - count * packBytes;
  }

  /** So many slots, each of `packBytes`. */
  static create(packBytes: number, count: number): PackBuffers {
    const statesBytes = Math.ceil((count * Int32Array.BYTES_PER_ELEMENT) / pageBytes) * pageBytes;
    const memory = new SharedArrayBuffer(statesBytes + count * packBytes);
    return new PackBuffers({ memory, packBytes, count });
  }

  /** Those of another thread. */
  static attach(handle: PackBuffersHandle): PackBuffers {
    return new PackBuffers(handle);
  }

  /** Memory for a pack; what an earlier one left is still in it. */
  take(): Uint8Array {
    const { memory, packBytes } = this.handle;
    for (let slot = 0; slot < this.#states.length; slot += 1) {
      if (Atomics.compareExchange(this.#states, slot, free, taken) === free)
        return new Uint8Array(memory, this.#slotsStart + slot * packBytes, packBytes);
    }
    return new Uint8Array(new SharedArrayBuffer(packBytes));
  }

  /** The memory of a pack that nobody reads any more. */
  giveBack({ buffer, byteOffset }: Uint8Array): void {
    const { memory, packBytes } = this.handle;
    // Each thread has an object of its own for the memory; one that is a pack's own is smaller.
    if (buffer.byteLength !== memory.byteLength) return;
    Atomics.store(this.#states, (byteOffset - this.#slotsStart) / packBytes, free);
  }
}

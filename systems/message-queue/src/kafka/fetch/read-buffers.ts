// Buffers that fetches read into. They are used again once the client has taken the answer: a fresh MiB costs several times
// what reading into it does, most of it in garbage collections.

import { freeReadBytesMax, pooledReadBytesMax, pooledReadBytesMin } from '../../limits.ts';

/** What one fetch reads into, until it gives all of it back. */
export type ReadLease = {
  /** Of all that it took and did not give back. */
  readonly bytes: number;
  take(bytes: number): Buffer;
  /** Nobody looks at any of them any more. */
  giveBack(): void;
};

export class ReadBuffers {
  /** By size, a power of two. */
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  get freeBytes(): number {
    return this.#freeBytes;
  }

  lease(): ReadLease {
    const taken: Buffer[] = [];
    let takenBytes = 0;
    return {
      get bytes() {
        return takenBytes;
      },
      take: (bytes) => {
        const buffer = this.#take(bytes);
        taken.push(buffer);
        takenBytes += buffer.length;
        return buffer;
      },
      giveBack: () => {
        for (const buffer of taken.splice(0)) this.#give(buffer);
        takenBytes = 0;
      },
    };
  }

  #take(bytes: number): Buffer {
    if (bytes < pooledReadBytesMin) return Buffer.allocUnsafe(bytes);
    if (bytes > pooledReadBytesMax) return Buffer.allocUnsafeSlow(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const free = this.#free.get(size)?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return free;
  }

  #give(buffer: Buffer): void {
    const isPooled = buffer.length >= pooledReadBytesMin && buffer.length <= pooledReadBytesMax;
    if (!isPooled || this.#freeBytes + buffer.length > freeReadBytesMax) return;
    this.#free.getOrInsertComputed(buffer.length, () => []).push(buffer);
    this.#freeBytes += buffer.length;
  }
}

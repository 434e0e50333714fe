// Buffers that fetches read into. They are used again once the client has taken the answer: a fresh MiB costs several times
// what reading into it does, most of it in garbage collections.

import { freeReadBytesMax, pooledReadBytesMax, pooledReadBytesMin } from '../../limits.ts';

/** What one fetch reads into, until it gives all of it back. */
export type ReadLease = {
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
    return {
      take: (bytes) => {
        if (bytes < pooledReadBytesMin) return Buffer.allocUnsafe(bytes);
        if (bytes > pooledReadBytesMax) return Buffer.allocUnsafeSlow(bytes);
        const buffer = this.#take(2 ** Math.ceil(Math.log2(bytes)));
        taken.push(buffer);
        return buffer;
      },
      giveBack: () => {
        for (const buffer of taken.splice(0)) this.#give(buffer);
      },
    };
  }

  #take(size: number): Buffer {
    const free = this.#free.get(size)?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return free;
  }

  #give(buffer: Buffer): void {
    if (this.#freeBytes + buffer.length > freeReadBytesMax) return;
    this.#free.getOrInsertComputed(buffer.length, () => []).push(buffer);
    this.#freeBytes += buffer.length;
  }
}

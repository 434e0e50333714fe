// Memory that work waits for, in the order in which it came: so that many clients together get no more than there is.

import assert from 'node:assert/strict';

type Waiting = { readonly bytes: number; readonly begin: () => void };

export class UnpackingMemory {
  readonly #bytesMax: number;
  readonly #waiting: Waiting[] = [];
  #usedBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Does the work once so many bytes are free; they are until it settles. */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    assert(bytes <= this.#bytesMax, 'there is memory for each alone');
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push({ bytes, begin: resolve });
      await promise;
    } else this.#usedBytes += bytes;
    try {
      return await work();
    } finally {
      this.#usedBytes -= bytes;
      this.#beginNext();
    }
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.#bytesMax;
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#usedBytes += next.bytes;
      next.begin();
    }
  }
}

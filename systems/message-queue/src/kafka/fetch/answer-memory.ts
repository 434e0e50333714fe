// How many bytes of records all fetches together may hold: read, and not taken by their clients yet. Thousands of slow
// consumers that each ask for 50 MiB would hold more than there is.
//
// When it is used up each fetch still gets one batch, so that everyone goes on, slowly.

export class AnswerMemory {
  readonly #bytesMax: number;
  #usedBytes = 0;

  constructor({ bytesMax }: { readonly bytesMax: number }) {
    this.#bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get leftBytes(): number {
    return Math.max(0, this.#bytesMax - this.#usedBytes);
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

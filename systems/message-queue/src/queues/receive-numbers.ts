// Receive numbers of a queue: every receive has one, and no two the same. They begin with the number of the broker's start,
// and go on counting when the queue is opened again within it.

/** More than a queue counts to in one start; starts beyond 100,000 leave whole numbers exact. */
const startFactor = 2 ** 36;

export class ReceiveNumbers {
  #last: number;

  /** `start` is higher than all before. */
  constructor(start: number) {
    this.#last = start * startFactor;
  }

  /** Higher than all that were given, in this start and before. */
  get upcoming(): number {
    return this.#last + 1;
  }

  next(): number {
    return ++this.#last;
  }
}

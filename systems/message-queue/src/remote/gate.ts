// Lets so many in at a time; the others wait in the order of their coming.

export class Gate {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether the next one would wait. */
  get isFull(): boolean {
    return this.#inside >= this.#max;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    // Who leaves hands its place to the first that waits.
    if (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside -= 1;
      else next();
    }
  }
}

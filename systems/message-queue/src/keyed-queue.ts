// Work on the same thing goes one after the other, on different things side by side.

export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as the work does. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    const forget = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  }

  /** Resolves when all that was begun until now has settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}

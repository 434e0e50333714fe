// Which units of work are done, when they are begun in order and end in any: everything up to a number is what matters to
// whoever waits to give a directory its mtime.

export class UnitTracker {
  #begun = 0;
  #doneUpTo = 0;
  readonly #doneBeyond = new Set<number>();
  readonly #running = new Set<Promise<void>>();

  /** Of the unit that was begun last; 0 before the first. */
  get lastBegun(): number {
    return this.#begun;
  }

  /** All units up to this one are done. */
  get doneUpTo(): number {
    return this.#doneUpTo;
  }

  /** Follows a unit. What it throws goes to `onError`; it counts as done all the same. */
  follow(work: () => Promise<void>, onError: (error: unknown) => void): void {
    this.#begun += 1;
    const number = this.#begun;
    const running = work()
      .catch(onError)
      .then(() => {
        this.#running.delete(running);
        this.#done(number);
      });
    this.#running.add(running);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #done(number: number): void {
    this.#doneBeyond.add(number);
    while (this.#doneBeyond.delete(this.#doneUpTo + 1)) this.#doneUpTo += 1;
  }
}

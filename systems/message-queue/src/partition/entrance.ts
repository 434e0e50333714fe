// Work that has to be done in the order in which it was asked for, some of which needs a look first that takes a while: looks go
// side by side, the work does not overtake.

export class Entrance {
  /** Resolves when the last that waits has entered; undefined when nobody does. */
  #last: Promise<void> | undefined;

  /** Calls `work` with what `look` found, once everybody before has entered: at once when there is nothing to wait for. */
  enter<Found, T>(look: Promise<Found> | undefined, work: (found?: Found) => Promise<T>): Promise<T> {
    if (look === undefined && this.#last === undefined) return work();
    // It is waited for later, perhaps after it failed.
    look?.catch(() => {});
    return this.#wait(look, work);
  }

  /** Nobody waits in it. */
  get isFree(): boolean {
    return this.#last === undefined;
  }

  /** Resolves when everybody who asked until now has entered. */
  async settle(): Promise<void> {
    while (this.#last !== undefined) await this.#last;
  }

  async #wait<Found, T>(look: Promise<Found> | undefined, work: (found?: Found) => Promise<T>): Promise<T> {
    const before = this.#last;
    const entered = Promise.withResolvers<void>();
    this.#last = entered.promise;
    try {
      await before;
      return work(await look);
    } finally {
      if (this.#last === entered.promise) this.#last = undefined;
      entered.resolve();
    }
  }
}

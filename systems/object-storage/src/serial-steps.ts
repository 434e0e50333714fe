// Steps that must not overlap, one after the other in the order in which they were asked for; and pauses, in which whoever
// goes on by itself begins none.

export class SerialSteps {
  #last: Promise<unknown> = Promise.resolve();
  #pauses = 0;

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Settles as the step does; one that fails keeps none from the next. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Runs something when the step under way has ended. Steps that are asked for meanwhile run: a pause is only told. */
  async whilePaused<T>(action: () => Promise<T>): Promise<T> {
    this.#pauses++;
    try {
      await this.#last;
      return await action();
    } finally {
      this.#pauses--;
    }
  }

  /** Resolves when the steps that were asked for until now have ended, whatever became of them. */
  async settled(): Promise<void> {
    await this.#last;
  }
}

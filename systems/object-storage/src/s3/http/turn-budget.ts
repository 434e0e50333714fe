// Spreads work over turns of the event loop. Many sockets can be ready in one turn, and each costs only a little; without
// a bound the turn lasts as long as all of them together, and everyone else waits for it.
//
// Who is about to do some more work asks first. Once a turn has used its budget, the rest waits for the next one, in
// the order in which it asked.

export class TurnBudget {
  readonly #budgetMs: number;
  /** When this turn was first asked in; undefined in a turn in which nobody asked yet. */
  #startMs: number | undefined;
  #waiting: (() => void)[] = [];

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** Undefined when the work may be done at once, else a promise to wait for, after which it may. */
  turn(): Promise<void> | undefined {
    if (this.#startMs === undefined) this.#begin();
    if (this.#waiting.length === 0 && performance.now() - this.#startMs! < this.#budgetMs) return undefined;
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #begin(): void {
    this.#startMs = performance.now();
    setImmediate(() => this.#next());
  }

  /** Lets waiters go one by one, each with its work done before the next, until this turn's budget is used. */
  #next(): void {
    this.#startMs = undefined;
    if (this.#waiting.length === 0) return;
    this.#begin();
    this.#release();
  }

  #release(): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) return;
    resolve();
    // What the waiter does happens in microtasks that were queued by now; a microtask behind them looks at the clock.
    queueMicrotask(() => {
      if (performance.now() - (this.#startMs ?? 0) < this.#budgetMs) this.#release();
    });
  }
}

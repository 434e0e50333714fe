// Spreads work over turns of the event loop. Many sockets can be ready in one turn, and each costs only a little; without
// a bound the turn lasts as long as all of them together, and everyone else waits for it.
//
// Who is about to do some more work asks first. Once the budget is used, the rest waits for the next turn, in the order
// in which it asked. Nobody tells when a turn ends, and asking to be told costs more than to look at the clock; so it is asked
// only once half of the budget is used. Where requests come one after the other nobody then waits in vain. Time in which the
// loop slept is no work: after a pause there is a budget.

export class TurnBudget {
  readonly #budgetMs: number;
  /** When the budget was renewed: in this turn, or in one before it. On a clock that stands while the loop sleeps. */
  #startMs: number;
  #renewing = false;
  readonly #waiting: (() => void)[] = [];

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#startMs = workedMs();
  }

  /** Undefined when the work may be done at once, else a promise to wait for, after which it may. */
  turn(): Promise<void> | undefined {
    if (this.#mayBegin()) return undefined;
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Whether the work has to wait; then `begin` is called when it may be done, with the milliseconds that it waited. */
  later(begin: (waitedMs: number) => void): boolean {
    if (this.#mayBegin()) return false;
    const sinceMs = performance.now();
    this.#waiting.push(() => begin(performance.now() - sinceMs));
    return true;
  }

  #mayBegin(): boolean {
    const usedMs = workedMs() - this.#startMs;
    if (usedMs > this.#budgetMs / 2) this.#renew();
    return usedMs < this.#budgetMs && this.#waiting.length === 0;
  }

  #isLeft(): boolean {
    return workedMs() - this.#startMs < this.#budgetMs;
  }

  /** In the next turn lets waiters go one by one, each with its work done before the next, until the budget is used. */
  #renew(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    setImmediate(() => {
      this.#renewing = false;
      this.#startMs = workedMs();
      this.#release();
    });
  }

  #release(): void {
    const begin = this.#waiting.shift();
    if (begin === undefined) return;
    begin();
    // What the waiter does happens in microtasks that were queued by now; a microtask behind them looks at the clock.
    queueMicrotask(() => {
      if (this.#isLeft()) this.#release();
      else if (this.#waiting.length > 0) this.#renew();
    });
  }
}

const { nodeTiming } = performance;

/** For how long the loop did not wait for something to happen. */
function workedMs(): number {
  return performance.now() - nodeTiming.idleTime;
}

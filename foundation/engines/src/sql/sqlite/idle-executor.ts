// An executor that is opened when it is needed, and closed when nobody has needed it for a while: a thread costs 10 MB,
// and most stores are scanned, and many are written, only now and then.

import { type Clock, type Executor, ExecutorError, type Timer } from '@cairn/world';

/** Longer than the pause between two pages of a listing, shorter than anyone would wait to see memory come back. */
const executorIdleMs = 5_000;

export class IdleExecutor<Input, Output> implements Executor<Input, Output> {
  readonly #clock: Clock;
  readonly #open: () => Promise<Executor<Input, Output>>;
  readonly #running = new Set<Promise<unknown>>();
  #executor: Promise<Executor<Input, Output>> | undefined;
  #idle: Timer | undefined;
  /** The end of the executors before this one. */
  #retired: Promise<void> = Promise.resolve();

  constructor(clock: Clock, open: () => Promise<Executor<Input, Output>>) {
    this.#clock = clock;
    this.#open = open;
  }

  async run(input: Input): Promise<Output> {
    this.#idle?.cancel();
    const opened = this.#opened();
    const running = opened.then((executor) => executor.run(input));
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      if (error instanceof ExecutorError && error.code === 'died') this.#forget(opened);
      throw error;
    } finally {
      this.#running.delete(running);
      if (this.#running.size === 0) this.#idle = this.#clock.setTimer(executorIdleMs, () => this.#retire());
    }
  }

  /** Finishes what runs, then closes. Nothing may be run any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#idle?.cancel();
    this.#retire();
    await this.#retired;
  }

  /** Only once the one before is closed: two writers of one database would wait for each other. */
  #opened(): Promise<Executor<Input, Output>> {
    if (this.#executor !== undefined) return this.#executor;
    const opening = this.#retired.then(this.#open);
    this.#executor = opening;
    opening.catch(() => this.#forget(opening));
    return opening;
  }

  /** One that could not be opened, or that died: the next to run something opens another. */
  #forget(executor: Promise<Executor<Input, Output>>): void {
    if (this.#executor === executor) this.#executor = undefined;
  }

  #retire(): void {
    const executor = this.#executor;
    this.#executor = undefined;
    if (executor !== undefined)
      this.#retired = executor.then(
        (opened) => opened.close(),
        () => {},
      );
  }
}

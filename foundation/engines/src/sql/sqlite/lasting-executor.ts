// An executor whose thread is followed by another when it died: a writer that ran out of memory once must not leave its
// database without one until the process starts again. What the dead thread owed fails as `died`: nobody knows.

import { type Executor, ExecutorError } from '@cairn/world';

export class LastingExecutor<Input, Output> implements Executor<Input, Output> {
  readonly #open: () => Promise<Executor<Input, Output>>;
  #executor: Executor<Input, Output>;
  #dead = false;
  #reopening: Promise<Executor<Input, Output>> | undefined;

  constructor(executor: Executor<Input, Output>, open: () => Promise<Executor<Input, Output>>) {
    this.#executor = executor;
    this.#open = open;
  }

  run(input: Input): Promise<Output> {
    if (!this.#dead) return this.#runOn(this.#executor, input);
    return this.#reopened().then((executor) => this.#runOn(executor, input));
  }

  /** Finishes what runs, then closes. Nothing may be run any more. */
  async close(): Promise<void> {
    await this.#reopening?.catch(() => {});
    await this.#executor.close();
  }

  #runOn(executor: Executor<Input, Output>, input: Input): Promise<Output> {
    return executor.run(input).catch((error) => {
      if (error instanceof ExecutorError && error.code === 'died' && executor === this.#executor)
        this.#dead = true;
      throw error;
    });
  }

  /** Opened for whoever runs something next, and not at once: a thread that dies of its start would do so for ever. */
  #reopened(): Promise<Executor<Input, Output>> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async #reopen(): Promise<Executor<Input, Output>> {
    this.#executor = await this.#open();
    this.#dead = false;
    return this.#executor;
  }
}

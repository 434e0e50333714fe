// An executor without a thread: its batches are turns of the caller's own event loop, so that timers and answers of the system come
// in between. One thread and its heap less, and nothing is cloned.

import type { BatchHandler, Executor, OpenExecutor, Result } from '../executor.ts';
import { ExecutorError } from '../executor-error.ts';
import { checkResults, loadOpenExecutor } from '../executor-module.ts';

type Call<Input, Output> = {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
};

export async function openInCallingThread<Init, Input, Output>(
  module: URL,
  init: Init,
  batchMax: number,
): Promise<Executor<Input, Output>> {
  const openExecutor = (await loadOpenExecutor(module)) as OpenExecutor<Init, Input, Output>;
  return new CallingThreadExecutor(module, await openExecutor(init), batchMax);
}

class CallingThreadExecutor<Input, Output> implements Executor<Input, Output> {
  readonly #module: URL;
  readonly #handler: BatchHandler<Input, Output>;
  readonly #batchMax: number;
  #queue: Call<Input, Output>[] = [];
  #scheduled = false;
  #end: ExecutorError | undefined;
  #closing: Promise<void> | undefined;
  /** Wakes `close`. */
  #drained: (() => void) | undefined;

  constructor(module: URL, handler: BatchHandler<Input, Output>, batchMax: number) {
    this.#module = module;
    this.#handler = handler;
    this.#batchMax = batchMax;
  }

  run(input: Input): Promise<Output> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, resolve, reject });
      this.#schedule();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#end ??= new ExecutorError('closed', { module: this.#module });
    if (this.#queue.length > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    if (this.#end.code === 'closed') this.#handler.close();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    const calls = this.#queue.splice(0, this.#batchMax);
    const inputs = calls.map(({ input }) => input);
    try {
      settle(calls, checkResults(this.#handler.handle(inputs), inputs));
    } catch (error) {
      this.#die(calls, error);
    }
    if (this.#queue.length > 0) this.#schedule();
    else this.#drained?.();
  }

  /** A handler that throws is broken: what it holds is not to be relied on. */
  #die(calls: readonly Call<Input, Output>[], cause: unknown): void {
    const error = new ExecutorError('died', { module: this.#module, cause });
    this.#end = error;
    for (const call of [...calls, ...this.#queue.splice(0)]) call.reject(error);
  }
}

function settle<Input, Output>(
  calls: readonly Call<Input, Output>[],
  results: readonly Result<Output>[],
): void {
  for (const [index, { resolve, reject }] of calls.entries()) {
    const result = results[index]!;
    if (result.ok) resolve(result.value);
    else reject(result.error);
  }
}

// Executors on worker threads. At most one batch of an executor is on its way; what is submitted meanwhile becomes the
// next one.
//
//   run ---> queue --(worker idle)--> one message with all of the queue ---> handle(batch) ---> one message of results
//
// The worker keeps the process alive only while it owes an answer.

import type { Executor, ExecutorOptions, Executors, Result } from '../executor.ts';
import { ExecutorError } from '../executor-error.ts';
import { openInCallingThread } from './calling-thread-executor.ts';
import type { ExecutorId, FromExecutor } from './executor-messages.ts';
import { type Hosted, type WorkerThread, workerThread } from './worker-thread.ts';

export const realExecutors: Executors = {
  open: <Init, Input, Output>(
    module: URL,
    init: Init,
    { batchMax = Infinity, thread, inCallingThread = false }: ExecutorOptions = {},
  ) => {
    if (inCallingThread) return openInCallingThread<Init, Input, Output>(module, init, batchMax);
    return new Promise<Executor<Input, Output>>((resolve, reject) => {
      const title = module.pathname.split('/').at(-1) ?? module.pathname;
      const executor = new RealExecutor<Input, Output>(workerThread(thread, title), module, init, {
        ready: () => resolve(executor),
        failed: reject,
        batchMax,
      });
    });
  },
};

type Opening = {
  readonly ready: () => void;
  readonly failed: (error: unknown) => void;
  readonly batchMax: number;
};

type Call<Input, Output> = {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
};

class RealExecutor<Input, Output> implements Executor<Input, Output>, Hosted {
  readonly #module: URL;
  readonly #thread: WorkerThread;
  readonly #id: ExecutorId;
  readonly #opening: Opening;
  #queue: Call<Input, Output>[] = [];
  #inFlight: Call<Input, Output>[] = [];
  #sendScheduled = false;
  #end: ExecutorError | undefined;
  #closing: Promise<void> | undefined;
  /** Wakes `close`: everything that was submitted is answered, the handler is closed, or the worker died. */
  #wake: (() => void) | undefined;

  constructor(thread: WorkerThread, module: URL, init: unknown, opening: Opening) {
    this.#module = module;
    this.#opening = opening;
    this.#thread = thread;
    this.#id = thread.host(this);
    try {
      thread.ask({ kind: 'open', executor: this.#id, module: module.href, init });
    } catch (error) {
      this.#refuse(error);
    }
  }

  run(input: Input): Promise<Output> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, resolve, reject });
      this.#scheduleSend();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#end ??= new ExecutorError('closed', { module: this.#module });
    if (this.#queue.length + this.#inFlight.length > 0) await this.#woken();
    if (this.#end.code === 'died') return;
    this.#thread.ask({ kind: 'close', executor: this.#id });
    await this.#woken();
    await this.#thread.dismiss(this.#id);
  }

  #woken(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  // Waits for the end of the turn, so that what one turn submits travels in one message.
  #scheduleSend(): void {
    if (this.#sendScheduled || this.#inFlight.length > 0) return;
    this.#sendScheduled = true;
    queueMicrotask(() => {
      this.#sendScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#queue.length === 0) return;
    if (this.#queue.length <= this.#opening.batchMax) {
      this.#inFlight = this.#queue;
      this.#queue = [];
    } else this.#inFlight = this.#queue.splice(0, this.#opening.batchMax);
    try {
      this.#post();
    } catch {
      this.#rejectUncloneable();
      if (this.#inFlight.length > 0) this.#post();
      else this.#finishBatch();
    }
  }

  /** A bounded batch is asked for in the next turn: its answer would else be unpacked in this one, behind the last. */
  #sendNext(): void {
    if (this.#opening.batchMax === Infinity) {
      this.#send();
      return;
    }
    this.#sendScheduled = true;
    setImmediate(() => {
      this.#sendScheduled = false;
      this.#send();
    });
  }

  #post(): void {
    const inputs = this.#inFlight.map((call) => call.input);
    this.#thread.ask({ kind: 'batch', executor: this.#id, inputs });
  }

  #rejectUncloneable(): void {
    this.#inFlight = this.#inFlight.filter((call) => {
      try {
        structuredClone(call.input);
        return true;
      } catch (error) {
        call.reject(error);
        return false;
      }
    });
  }

  receive(message: FromExecutor<Output>): void {
    this.#thread.answered();
    switch (message.kind) {
      case 'ready':
        this.#opening.ready();
        return;
      case 'failed':
        this.#refuse(message.error);
        return;
      case 'results':
        this.#settle(message.results);
        this.#finishBatch();
        return;
      case 'closed':
        this.#wake?.();
        return;
      default:
        message satisfies never;
    }
  }

  /** The module could not be opened: there is nothing to run on. */
  #refuse(error: unknown): void {
    void this.#thread.dismiss(this.#id);
    this.#opening.failed(error);
  }

  #settle(results: readonly Result<Output>[]): void {
    const calls = this.#inFlight;
    this.#inFlight = [];
    for (const [index, call] of calls.entries()) {
      const result = results[index]!;
      if (result.ok) call.resolve(result.value);
      else call.reject(result.error);
    }
  }

  #finishBatch(): void {
    if (this.#queue.length > 0) this.#sendNext();
    else this.#wake?.();
  }

  died(cause: unknown): void {
    const error = new ExecutorError('died', { module: this.#module, cause });
    // Also one that is closing: it must not ask a thread that is gone.
    this.#end = error;
    const lost = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
    this.#queue = [];
    for (const call of lost) call.reject(error);
    this.#opening.failed(error);
    this.#wake?.();
  }
}

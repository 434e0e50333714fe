// One worker thread per executor. At most one batch is on its way; what is submitted meanwhile becomes the next one.
//
//   run ---> queue --(worker idle)--> one message with all of the queue ---> handle(batch) ---> one message of results
//
// The worker keeps the process alive only while it owes an answer.

import { getCompileCacheDir } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Executor, ExecutorOptions, Executors, Result } from '../executor.ts';
import { ExecutorError } from '../executor-error.ts';
import type { FromWorker, ToWorker, WorkerInit } from './executor-messages.ts';

// A worker that runs away fails alone, with ERR_WORKER_OUT_OF_MEMORY, before it takes the process with it. This is its
// JavaScript heap: what it keeps in buffers or in SQLite's cache is not counted.
const heapMegabytesMax = 1024;

export const realExecutors: Executors = {
  open: <Init, Input, Output>(module: URL, init: Init, { batchMax = Infinity }: ExecutorOptions = {}) => {
    return new Promise<Executor<Input, Output>>((resolve, reject) => {
      const executor = new RealExecutor<Input, Output>(module, init, {
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

class RealExecutor<Input, Output> implements Executor<Input, Output> {
  readonly #module: URL;
  readonly #worker: Worker;
  readonly #opening: Opening;
  #queue: Call<Input, Output>[] = [];
  #inFlight: Call<Input, Output>[] = [];
  #sendScheduled = false;
  #end: ExecutorError | undefined;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(module: URL, init: unknown, opening: Opening) {
    this.#module = module;
    this.#opening = opening;
    this.#worker = new Worker(new URL('./executor-worker.ts', import.meta.url), {
      name: module.pathname.split('/').at(-1) ?? module.pathname,
      workerData: { module: module.href, init, compileCache: getCompileCacheDir() } satisfies WorkerInit,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
    });
    this.#worker.on('message', (message: FromWorker<Output>) => this.#receive(message));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
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
    if (this.#queue.length + this.#inFlight.length > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    if (this.#worker.threadId === -1) return;
    this.#worker.ref();
    const exited = new Promise<void>((resolve) => void this.#worker.once('exit', () => resolve()));
    this.#worker.postMessage({ kind: 'close' } satisfies ToWorker<Input>);
    await exited;
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
    this.#inFlight = this.#queue.splice(0, Math.min(this.#queue.length, this.#opening.batchMax));
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
    this.#worker.postMessage({ kind: 'batch', inputs } satisfies ToWorker<Input>);
    this.#worker.ref();
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

  #receive(message: FromWorker<Output>): void {
    switch (message.kind) {
      case 'ready':
        this.#worker.unref();
        this.#opening.ready();
        return;
      case 'failed':
        this.#opening.failed(message.error);
        return;
      case 'results':
        this.#settle(message.results);
        this.#finishBatch();
        return;
      default:
        message satisfies never;
    }
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
    if (this.#queue.length > 0) {
      this.#sendNext();
      return;
    }
    this.#worker.unref();
    this.#drained?.();
  }

  #die(cause: unknown): void {
    const error = new ExecutorError('died', { module: this.#module, cause });
    this.#end ??= error;
    const lost = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
    this.#queue = [];
    for (const call of lost) call.reject(error);
    this.#opening.failed(error);
    this.#drained?.();
  }
}

// Executors without threads: the module runs here, on inputs and outputs that were cloned as a message would be, at times
// that the seed draws. A crash ends the handler without closing it, as it ends a thread.

import { posix } from 'node:path';
import type { BatchHandler, Executor, ExecutorOptions, Executors, Result } from '../executor.ts';
import { ExecutorError } from '../executor-error.ts';
import { checkResults, loadOpenExecutor } from '../executor-module.ts';
import type { SimulatedProcess } from './simulated-process.ts';

const startMs = { min: 5, max: 30 };
const crossingMs = { min: 0.01, max: 0.3 };

export class SimulatedExecutors implements Executors {
  readonly #process: SimulatedProcess;

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  /** See `Executors.open`. Inputs, outputs and errors are cloned, since a module must not share objects with its caller. */
  async open<Init, Input, Output>(
    module: URL,
    init: Init,
    { batchMax = Infinity }: ExecutorOptions = {},
  ): Promise<Executor<Input, Output>> {
    const process = this.#process;
    const given = structuredClone(init);
    const openExecutor = await process.outside(() => loadOpenExecutor(module));
    const handler = await process.outside(() => openCloned(async () => openExecutor(given)));
    const happening = { label: 'start worker', detail: nameOf(module), delayMs: delay(process, startMs) };
    await process.call(happening, { effect: () => {} });
    return new SimulatedExecutor(process, {
      module,
      batchMax,
      handler: handler as BatchHandler<Input, Output>,
    });
  }
}

async function openCloned<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw cloneError(error);
  }
}

type Call<Input, Output> = {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
};

class SimulatedExecutor<Input, Output> implements Executor<Input, Output> {
  readonly #process: SimulatedProcess;
  readonly #module: URL;
  readonly #handler: BatchHandler<Input, Output>;
  readonly #batchMax: number;
  #queue: Call<Input, Output>[] = [];
  #inFlight: Call<Input, Output>[] = [];
  #end: ExecutorError | undefined;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(
    process: SimulatedProcess,
    options: { module: URL; batchMax: number; handler: BatchHandler<Input, Output> },
  ) {
    this.#process = process;
    this.#module = options.module;
    this.#handler = options.handler;
    this.#batchMax = options.batchMax;
  }

  async run(input: Input): Promise<Output> {
    if (this.#end !== undefined) throw this.#end;
    const cloned = structuredClone(input);
    return new Promise<Output>((resolve, reject) => {
      this.#queue.push({ input: cloned, resolve, reject });
      if (this.#inFlight.length === 0 && this.#queue.length === 1) this.#sendLater();
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
    if (this.#end.code === 'closed') await this.#after('close worker', () => this.#handler.close());
  }

  #sendLater(): void {
    void this.#after('send batch', () => {
      this.#inFlight = this.#queue.splice(0, Math.min(this.#queue.length, this.#batchMax));
      this.#handle();
    });
  }

  #handle(): void {
    const inputs = this.#inFlight.map((call) => call.input);
    let results: readonly Result<Output>[];
    try {
      results = checkResults(this.#handler.handle(inputs), inputs).map(cloneResult);
    } catch (error) {
      this.#die(error);
      return;
    }
    void this.#after('answer batch', () => this.#answer(results));
  }

  #answer(results: readonly Result<Output>[]): void {
    const calls = this.#inFlight;
    this.#inFlight = [];
    for (const [index, call] of calls.entries()) {
      const result = results[index]!;
      if (result.ok) call.resolve(result.value);
      else call.reject(result.error);
    }
    if (this.#queue.length > 0) this.#sendLater();
    else this.#drained?.();
  }

  #die(cause: unknown): void {
    const error = new ExecutorError('died', { module: this.#module, cause });
    this.#end = error;
    for (const call of [...this.#inFlight, ...this.#queue]) call.reject(error);
    this.#inFlight = [];
    this.#queue = [];
    this.#drained?.();
  }

  #after(label: string, effect: () => void): Promise<void> {
    const delayMs = delay(this.#process, crossingMs);
    return this.#process.call({ label, detail: nameOf(this.#module), delayMs }, { effect });
  }
}

/** The file only: a trace is to read the same on every machine. */
function nameOf(module: URL): string {
  return posix.basename(module.pathname);
}

function delay(process: SimulatedProcess, { min, max }: { min: number; max: number }): number {
  return min + (max - min) * process.random.float();
}

function cloneResult<Output>(result: Result<Output>): Result<Output> {
  try {
    return structuredClone(result);
  } catch (error) {
    return { ok: false, error };
  }
}

function cloneError(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return new Error(String(error));
  }
}

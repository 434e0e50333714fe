// Threads as a core sees them: an executor is one worker with state of its own that handles batches of inputs.
//
// Everything submitted while the worker is busy reaches it as the next batch, in order, in one message: so the cost of
// crossing threads (about 40 us of CPU) is shared, and a worker that commits per batch gets group commit for free.
//
// A message is a structured clone, and the clone of a view copies all of the memory it looks into: three bytes of a pooled
// Buffer cost 64 KiB. Pass bytes that own their memory (`Uint8Array.from(view)`) where that matters.
//
// In simulation the module runs in the same thread on the virtual clock, batched and delayed as the seed says.

export type Executors = {
  /**
   * Starts a worker on `module`, which must export `openExecutor: OpenExecutor<Init, Input, Output>`.
   * Fails when the module's `openExecutor` throws, with that error's message.
   */
  open<Init, Input, Output>(
    module: URL,
    init: Init,
    options?: ExecutorOptions,
  ): Promise<Executor<Input, Output>>;
};

export type ExecutorOptions = {
  /**
   * Inputs in one batch at most; no bound when absent. The answers of a batch cross in one message, which is unpacked in
   * one turn of the caller's loop: bound it where answers are large and a batch saves nothing.
   */
  readonly batchMax?: number;
  /**
   * Executors with the same thread name share one worker, which saves 10 MB each: for those that have little to do, since
   * a batch of one waits for that of another, and a worker that dies takes all of them along. Where cores are few it stands
   * back behind other threads. Each still has batches and state of its own. A worker of its own when absent.
   */
  readonly thread?: string | undefined;
  /**
   * No worker at all: batches are handled in the calling thread, one in each turn of its event loop, which stands still meanwhile. Saves
   * the 15 to 20 MB and 50 ms of CPU that a thread takes, where the process has nothing else to do. Nothing is cloned: neither
   * side may change afterwards what it gave or got. `thread` counts for nothing then.
   */
  readonly inCallingThread?: boolean | undefined;
};

export type Executor<Input, Output> = {
  /**
   * Resolves with the worker's output for this input; rejects with the error the worker gave for it, with what the clone
   * of the input threw, or with `ExecutorError`: `closed`, or `died` for all that was under way and all that comes after.
   */
  run(input: Input): Promise<Output>;
  /** Finishes what was submitted, then ends the worker. Later calls of `run` reject. */
  close(): Promise<void>;
};

/** Handles one batch synchronously: one result per input, in order. */
export type BatchHandler<Input, Output> = {
  /** Must not throw: an exception that leaves it ends the worker. */
  handle(inputs: readonly Input[]): readonly Result<Output>[];
  close(): void;
};

/** What crosses back per input; errors cross threads as structured clones, so only plain data is kept of them. */
export type Result<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly error: unknown };

/**
 * The function a worker module exports under the name `openExecutor`. Init, inputs and outputs are structured-cloned. It
 * may wait for modules to load, and for nothing that the world gives.
 */
export type OpenExecutor<Init, Input, Output> = (
  init: Init,
) => BatchHandler<Input, Output> | Promise<BatchHandler<Input, Output>>;

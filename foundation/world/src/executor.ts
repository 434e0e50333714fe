// Threads as a core sees them: an executor is one worker with state of its own that handles batches of inputs.
//
// Everything submitted while the worker is busy reaches it as the next batch, in order, in one message: so the cost of
// crossing threads (about 40 us of CPU) is shared, and a worker that commits per batch gets group commit for free.
// In simulation the module runs in the same thread on the virtual clock, batched and delayed as the seed says.

export type Executors = {
  /**
   * Starts a worker on `module`, which must export `openExecutor: OpenExecutor<Init, Input, Output>`.
   * Fails when the module's `openExecutor` throws, with that error's message.
   */
  open<Init, Input, Output>(module: URL, init: Init): Promise<Executor<Input, Output>>;
};

export type Executor<Input, Output> = {
  /** Resolves with the worker's output for this input; rejects with the error the worker gave for it. */
  run(input: Input): Promise<Output>;
  /** Finishes what was submitted, then ends the worker. Later calls of `run` reject. */
  close(): Promise<void>;
};

/** Handles one batch synchronously: one result per input, in order. */
export type BatchHandler<Input, Output> = {
  handle(inputs: readonly Input[]): readonly Result<Output>[];
  close(): void;
};

/** What crosses back per input; errors cross threads as structured clones, so only plain data is kept of them. */
export type Result<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly error: unknown };

/** The function a worker module exports under the name `openExecutor`. Init, inputs and outputs are structured-cloned. */
export type OpenExecutor<Init, Input, Output> = (init: Init) => BatchHandler<Input, Output>;

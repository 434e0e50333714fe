// The workers of a restore: an input goes to the one that has the least to do.

import type { Executor, World } from '@cairn/world';
import type { RestoreInput, RestoreOutput, RestoreWorkerInit } from '../worker/restore-messages.ts';

const module = new URL('../worker/restore-worker.ts', import.meta.url);

type Worker = { readonly executor: Executor<RestoreInput, RestoreOutput>; busy: number };

export class WorkerPool {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** With `inCallingThread` the last of them, which gets what the others are too busy for, has no thread of its own. */
  static async open(
    world: World,
    init: RestoreWorkerInit,
    { count, inCallingThread = false }: { readonly count: number; readonly inCallingThread?: boolean },
  ): Promise<WorkerPool> {
    const opening = Array.from({ length: count }, async (_, number): Promise<Worker> => {
      // A batch is answered as a whole; each of these is work enough for a message of its own.
      const executor = await world.executors.open<RestoreWorkerInit, RestoreInput, RestoreOutput>(
        module,
        init,
        {
          batchMax: 1,
          inCallingThread: inCallingThread && number === count - 1,
        },
      );
      return { executor, busy: 0 };
    });
    return new WorkerPool(await Promise.all(opening));
  }

  get size(): number {
    return this.#workers.length;
  }

  async run(input: RestoreInput): Promise<RestoreOutput> {
    const worker = this.#workers.reduce((least, other) => (other.busy < least.busy ? other : least));
    worker.busy += 1;
    try {
      return await worker.executor.run(input);
    } finally {
      worker.busy -= 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ executor }) => executor.close()));
  }
}

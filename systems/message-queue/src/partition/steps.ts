// What changes the files of a partition: one step at a time, and none after the last. Who has a partition that was closed may ask for
// some all the same; by then another one may have its files.

import { PartitionError } from './partition.ts';

export class Steps {
  #last: Promise<unknown> = Promise.resolve();
  #isEnded = false;
  #ending: Promise<void> | undefined;

  /** Rejects with PartitionError KAFKA_STORAGE_ERROR behind the last one. */
  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#isEnded) throw new PartitionError('KAFKA_STORAGE_ERROR', 'the partition was closed');
      return step();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** Runs the last one, once. */
  end(step: () => Promise<void>): Promise<void> {
    this.#ending ??= this.run(async () => {
      try {
        await step();
      } finally {
        this.#isEnded = true;
      }
    });
    return this.#ending;
  }
}

// Removes the files of queues that were deleted, one queue after the other, in the background. What is left when the process
// ends is in the metadata store and is removed after the next start.

import type { Timer } from '@cairn/world';
import { queueFilesRetryMs } from '../limits.ts';
import { type QueueSurroundings, removeQueueFiles } from './open-queue.ts';

export class QueueFiles {
  readonly #surroundings: QueueSurroundings;
  #work: Promise<void> = Promise.resolve();
  readonly #retries = new Set<Timer>();
  #isStopped = false;

  constructor(surroundings: QueueSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Of a queue that is closed, and whose deletion is written down. */
  remove(id: string): void {
    this.#work = this.#work.then(() => this.#remove(id));
  }

  /** Resolves when everything that was deleted until now is gone, or is to be tried again later. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Ends after the queue that is being removed. */
  stop(): Promise<void> {
    this.#isStopped = true;
    for (const retry of this.#retries) retry.cancel();
    return this.#work;
  }

  async #remove(id: string): Promise<void> {
    if (this.#isStopped) return;
    const { sql, log } = this.#surroundings;
    try {
      await removeQueueFiles(this.#surroundings, id);
      await sql.write('forgetQueueDeletion', { id });
    } catch (error) {
      if (this.#isStopped) return;
      log.warn('files of a deleted queue not removed; tried again later', { queue: id, error });
      this.#retryLater(id);
    }
  }

  #retryLater(id: string): void {
    const retry = this.#surroundings.world.clock.setTimer(queueFilesRetryMs, () => {
      this.#retries.delete(retry);
      this.remove(id);
    });
    this.#retries.add(retry);
  }
}

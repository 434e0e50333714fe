// Removes the files of topics that were deleted, one partition after the other, in the background. What is left when the
// process ends is in the metadata store and is removed after the next start.

import type { Telemetry } from '@cairn/telemetry';
import { type Disk, DiskError } from '@cairn/world';
import type { Uuid } from '../../kafka/wire/values.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { TopicDeletionRow } from '../../metadata/topics.ts';

export type TopicFilesOptions = {
  readonly sql: MetadataSql;
  readonly disk: Disk;
  readonly directoryOf: (topicId: Uuid, index: number) => string;
  /** Resolves when nothing of the topic is open any more. */
  readonly closed: (topicId: Uuid) => Promise<void>;
  readonly log: Telemetry['log'];
};

export class TopicFiles {
  readonly #options: TopicFilesOptions;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: TopicFilesOptions) {
    this.#options = options;
  }

  remove(deletion: TopicDeletionRow): void {
    this.#work = this.#work.then(() => this.#remove(deletion));
  }

  /** Ends after the file that is being removed. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#work;
  }

  /** Resolves when everything that was deleted until now is gone. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #remove({ id, partitions }: TopicDeletionRow): Promise<void> {
    const { sql, closed, log, directoryOf } = this.#options;
    try {
      await closed(id as Uuid);
      for (let index = 0; index < partitions && !this.#stopped; index++)
        await this.#removeFilesOf(directoryOf(id as Uuid, index));
      if (!this.#stopped) await sql.write('forgetTopicDeletion', { id });
    } catch (error) {
      log.warn('files of a deleted topic not removed; tried again after the next start', {
        topic: id,
        error,
      });
    }
  }

  async #removeFilesOf(directory: string): Promise<void> {
    const { disk } = this.#options;
    for (const name of await disk.list(directory)) {
      if (this.#stopped) return;
      await disk.remove(`${directory}/${name}`).catch(ignoreMissing);
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DiskError && error.code === 'not-found')) throw error;
}

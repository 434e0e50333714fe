// Removes the files of topics that were deleted, and what they have in the blobs engine, one partition after the other, in the
// background. What is left when the process ends is in the metadata store and is removed after the next start.

import type { Telemetry } from '@cairn/telemetry';
import { type Clock, type Disk, DiskError, type Timer } from '@cairn/world';
import type { Uuid } from '../../kafka/wire/values.ts';
import { topicFilesRetryMs } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { TopicDeletionRow } from '../../metadata/topics.ts';
import { remoteListName } from '../../remote/remote-list.ts';

/** What partitions have in the blobs engine. */
export type RemoteFiles = {
  remove(partition: { topicId: string; index: number }, signal: AbortSignal): Promise<void>;
};

export type TopicFilesOptions = {
  readonly sql: MetadataSql;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly directoryOf: (topicId: Uuid, index: number) => string;
  /** Resolves when nothing of the topic is open any more. */
  readonly closed: (topicId: Uuid) => Promise<void>;
  readonly remoteFiles: RemoteFiles | undefined;
  readonly log: Telemetry['log'];
};

export class TopicFiles {
  readonly #options: TopicFilesOptions;
  #work: Promise<void> = Promise.resolve();
  readonly #retries = new Set<Timer>();
  readonly #stopping = new AbortController();

  constructor(options: TopicFilesOptions) {
    this.#options = options;
  }

  remove(deletion: TopicDeletionRow): void {
    this.#work = this.#work.then(() => this.#remove(deletion));
  }

  /** Ends after the file that is being removed. */
  stop(): Promise<void> {
    this.#stopping.abort(new Error('the broker is being closed'));
    for (const retry of this.#retries) retry.cancel();
    return this.#work;
  }

  /** Resolves when everything that was deleted until now is gone. */
  settled(): Promise<void> {
    return this.#work;
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #remove(deletion: TopicDeletionRow): Promise<void> {
    const { id, partitions } = deletion;
    const { sql, closed, log } = this.#options;
    try {
      await closed(id as Uuid);
      for (let index = 0; index < partitions && !this.#stopped; index++)
        await this.#removeFilesOf(id as Uuid, index);
      if (!this.#stopped) await sql.write('forgetTopicDeletion', { id });
    } catch (error) {
      if (this.#stopped) return;
      log.warn('files of a deleted topic not removed; tried again later', { topic: id, error });
      this.#retryLater(deletion);
    }
  }

  #retryLater(deletion: TopicDeletionRow): void {
    const retry = this.#options.clock.setTimer(topicFilesRetryMs, () => {
      this.#retries.delete(retry);
      this.remove(deletion);
    });
    this.#retries.add(retry);
  }

  async #removeFilesOf(topicId: Uuid, index: number): Promise<void> {
    const { disk, directoryOf, remoteFiles } = this.#options;
    const directory = directoryOf(topicId, index);
    const names = await disk.list(directory);
    // Before the list goes, which alone says that there is something.
    if (names.includes(remoteListName)) {
      if (remoteFiles === undefined)
        throw new Error('its records in the blobs engine are still there: none is configured');
      await remoteFiles.remove({ topicId, index }, this.#stopping.signal);
    }
    for (const name of names) {
      if (this.#stopped) return;
      await disk.remove(`${directory}/${name}`).catch(ignoreMissing);
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DiskError && error.code === 'not-found')) throw error;
}

// Blobs of one record on their way into a log: all that are ready share one append and one sync.
//
//   write() -> gathered -> append -> onWritten, of each in the order of the log -> sync -> resolved
//
// One batch is under way at a time, and meanwhile the next gathers: a write beside a sync of its own file would only wait
// for it. A batch that finds nothing under way gathers for as long as turns of the event loop bring more, because a sync
// costs as much CPU as storing several small blobs; alone, a blob waits for one turn.

import type { RecordLocation, RecordParts, SegmentLog } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { smallBatchBlobs, smallBatchBytes, smallBatchGatherMs } from '../../limits.ts';

type Waiting = {
  readonly record: RecordParts;
  readonly lengthBytes: number;
  readonly onWritten: (location: RecordLocation) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export class SmallBlobs {
  readonly #log: SegmentLog;
  readonly #clock: Clock;
  #gathered: Waiting[] = [];
  #gatheredBytes = 0;
  #running = false;

  constructor(log: SegmentLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Resolves when it is durable. `onWritten` is called in the turn in which the log took it. */
  write(
    record: RecordParts,
    lengthBytes: number,
    onWritten: (location: RecordLocation) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ record, lengthBytes, onWritten, resolve, reject });
      this.#gatheredBytes += lengthBytes;
      if (this.#running) return;
      this.#running = true;
      this.#gather(this.#clock.monotonicMs() + smallBatchGatherMs);
    });
  }

  /** Waits for one more turn as long as the last brought more. */
  #gather(untilMs: number): void {
    const before = this.#gathered.length;
    this.#clock.nextTurn(() => {
      const more = this.#gathered.length > before;
      const full = this.#gathered.length >= smallBatchBlobs || this.#gatheredBytes >= smallBatchBytes;
      if (more && !full && this.#clock.monotonicMs() < untilMs) this.#gather(untilMs);
      else void this.#run();
    });
  }

  async #run(): Promise<void> {
    while (this.#gathered.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#store(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  /** At least one. */
  #takeBatch(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { lengthBytes } of this.#gathered) {
      if (count === smallBatchBlobs || (count > 0 && bytes + lengthBytes > smallBatchBytes)) break;
      count += 1;
      bytes += lengthBytes;
    }
    this.#gatheredBytes -= bytes;
    return this.#gathered.splice(0, count);
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const { segment, position } = await this.#log.append(batch.map(({ record }) => record));
    let at = position;
    for (const { lengthBytes, onWritten } of batch) {
      onWritten({ segment, position: at });
      at += lengthBytes;
    }
    await this.#log.sync();
  }
}

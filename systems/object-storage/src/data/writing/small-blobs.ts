// Blobs of one record on their way into a log: all that are ready share one append and one sync.
//
//   add() -> gathered -> append -> written, of each in the order of the log -> sync -> stored
//
// One batch is under way at a time, and meanwhile the next gathers: a write beside a sync of its own file would only wait
// for it. A batch that finds nothing under way gathers for as long as turns of the event loop bring more, because a sync
// costs as much CPU as storing several small blobs; alone, a blob waits for one turn.
//
// They also share a hold of their segment, which the last of them lets go.

import type { RecordLocation, RecordParts, SegmentLog } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { smallBatchBlobs, smallBatchBytes, smallBatchGatherMs } from '../../limits.ts';

/** Is told what becomes of it: either `failed`, or `written` and then `stored` or `failed`. None of these may throw. */
export type SmallBlob = {
  readonly record: RecordParts;
  readonly lengthBytes: number;
  /** The log took it, in this turn. `release`, to be called once, lets go of its segment. */
  written(location: RecordLocation, release: () => void): void;
  /** It is durable. */
  stored(): void;
  failed(error: unknown): void;
};

export type SmallBlobsOptions = {
  readonly log: SegmentLog;
  readonly clock: Clock;
  /** Holds a segment of the log until the returned function is called. */
  readonly hold: (segment: number) => () => void;
};

export class SmallBlobs {
  readonly #log: SegmentLog;
  readonly #clock: Clock;
  readonly #hold: SmallBlobsOptions['hold'];
  #gathered: SmallBlob[] = [];
  #gatheredBytes = 0;
  #running = false;

  constructor({ log, clock, hold }: SmallBlobsOptions) {
    this.#log = log;
    this.#clock = clock;
    this.#hold = hold;
  }

  add(blob: SmallBlob): void {
    this.#gathered.push(blob);
    this.#gatheredBytes += blob.lengthBytes;
    if (this.#running) return;
    this.#running = true;
    this.#gather(this.#clock.monotonicMs() + smallBatchGatherMs);
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
      } catch (error) {
        for (const blob of batch) blob.failed(error);
        continue;
      }
      for (const blob of batch) blob.stored();
    }
    this.#running = false;
  }

  /** At least one. */
  #takeBatch(): readonly SmallBlob[] {
    let count = 0;
    let bytes = 0;
    for (const { lengthBytes } of this.#gathered) {
      if (count === smallBatchBlobs || (count > 0 && bytes + lengthBytes > smallBatchBytes)) break;
      count += 1;
      bytes += lengthBytes;
    }
    this.#gatheredBytes -= bytes;
    if (count < this.#gathered.length) return this.#gathered.splice(0, count);
    const all = this.#gathered;
    this.#gathered = [];
    return all;
  }

  async #store(batch: readonly SmallBlob[]): Promise<void> {
    const { segment, position } = await this.#log.append(batch.map(({ record }) => record));
    const release = releasedBy(batch.length, this.#hold(segment));
    let at = position;
    for (const blob of batch) {
      blob.written({ segment, position: at }, release);
      at += blob.lengthBytes;
    }
    await this.#log.sync();
  }
}

/** Is released when all of so many holders let go. */
function releasedBy(holders: number, release: () => void): () => void {
  let left = holders;
  return () => {
    left -= 1;
    if (left === 0) release();
  };
}

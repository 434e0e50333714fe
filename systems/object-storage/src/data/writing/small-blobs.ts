// Blobs of one record on their way into a log: all that are ready share one append and one sync.
//
//   add() -> gathered -> append -> written, of each in the order of the log -> sync -> stored
//
// One batch is under way at a time, and meanwhile the next gathers: a write beside a sync of its own file would only wait
// for it. A batch that finds nothing under way gathers for as long as turns of the event loop bring more, because a sync
// costs as much CPU as storing several small blobs; alone, a blob waits for one turn. Behind a large batch the next gathers until
// that one is through the metadata store, too: there it would only wait for it, and whoever is answered brings more. They are
// waited for, a moment, as long as they do: so all clients of a loaded server share each sync.
//
// They also share a hold of their segment, which the last of them lets go.

import type { RecordLocation, RecordParts, SegmentLog } from '@cairn/segment-log';
import type { Clock, Timer } from '@cairn/world';
import {
  smallBatchBlobs,
  smallBatchBytes,
  smallBatchGatherMs,
  smallBatchHeldBlobs,
  smallBatchHoldMs,
  smallBatchReturnMs,
  smallBatchReturnsPassed,
} from '../../limits.ts';

/** Is told what becomes of it: either `failed`, or `written` and then `stored` or `failed`. None of these may throw. */
export type SmallBlob = {
  readonly blob: string;
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
  /** Whether its owner works on it: `settled` will be called. */
  readonly isUnsettled: (blob: string) => boolean;
};

export class SmallBlobs {
  readonly #log: SegmentLog;
  readonly #clock: Clock;
  readonly #hold: SmallBlobsOptions['hold'];
  #gathered: SmallBlob[] = [];
  #gatheredBytes = 0;
  #running = false;
  /** Of the last batch, those that something is waited for. */
  readonly #unsettled = new Set<string>();
  readonly #isUnsettled: (blob: string) => boolean;
  /** While the next batch waits for them. */
  #held: Timer | undefined;
  /** While it waits for those who were answered, until it is so many. */
  #returning: { readonly blobs: number; readonly timer: Timer | undefined } | undefined;
  #lastBatchBlobs = 0;
  /** Behind how many large batches nobody is waited for: those who were answered brought nothing. */
  #passing = 0;

  constructor({ log, clock, hold, isUnsettled }: SmallBlobsOptions) {
    this.#isUnsettled = isUnsettled;
    this.#log = log;
    this.#clock = clock;
    this.#hold = hold;
  }

  add(blob: SmallBlob): void {
    this.#gathered.push(blob);
    this.#gatheredBytes += blob.lengthBytes;
    if (!this.#running) {
      this.#running = true;
      this.#gather(this.#clock.monotonicMs() + smallBatchGatherMs);
    } else if (this.#held !== undefined && this.#isFull) this.#endHold();
    else if (
      this.#returning !== undefined &&
      (this.#isFull || this.#gathered.length >= this.#returning.blobs)
    )
      this.#endReturn();
  }

  /** The blob is through the metadata store, or its owner has given it up. */
  settled(blob: string): void {
    if (!this.#unsettled.delete(blob) || this.#unsettled.size > 0 || this.#held === undefined) return;
    if (this.#passing === 0) this.#awaitReturn();
    else {
      this.#passing -= 1;
      this.#endHold();
    }
  }

  get #isFull(): boolean {
    return this.#gathered.length >= smallBatchBlobs || this.#gatheredBytes >= smallBatchBytes;
  }

  /** Waits for one more turn as long as the last brought more. */
  #gather(untilMs: number, before = this.#gathered.length): void {
    this.#clock.nextTurn(() => {
      const more = this.#gathered.length > before;
      if (more && !this.#isFull && this.#clock.monotonicMs() < untilMs) this.#gather(untilMs);
      else void this.#run();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#takeBatch();
    try {
      await this.#store(batch);
    } catch (error) {
      for (const blob of batch) blob.failed(error);
      this.#goOn();
      return;
    }
    this.#lastBatchBlobs = batch.length;
    if (batch.length >= smallBatchHeldBlobs)
      for (const { blob } of batch) if (this.#isUnsettled(blob)) this.#unsettled.add(blob);
    for (const blob of batch) blob.stored();
    if (this.#unsettled.size === 0 || this.#isFull) {
      this.#unsettled.clear();
      this.#goOn();
    } else this.#held = this.#clock.setTimer(smallBatchHoldMs, () => this.#endHold());
  }

  /** Who is answered now brings more, but not in this turn. */
  #endHold(): void {
    this.#held?.cancel();
    this.#held = undefined;
    this.#unsettled.clear();
    if (this.#gathered.length === 0 || this.#isFull) this.#goOn();
    else this.#gather(this.#clock.monotonicMs() + smallBatchGatherMs, 0);
  }

  /** From the next turn on, as the answers are given in this one. */
  #awaitReturn(): void {
    this.#held?.cancel();
    this.#held = undefined;
    const [before, answered] = [this.#gathered.length, this.#lastBatchBlobs];
    const returning = { blobs: before + answered, timer: undefined as Timer | undefined };
    this.#returning = returning;
    this.#clock.nextTurn(() => {
      if (this.#returning !== returning) return;
      returning.timer = this.#clock.setTimer(smallBatchReturnMs, () => {
        if (2 * (this.#gathered.length - before) < answered) this.#passing = smallBatchReturnsPassed;
        this.#endReturn();
      });
    });
  }

  #endReturn(): void {
    this.#returning?.timer?.cancel();
    this.#returning = undefined;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#gathered.length === 0) this.#running = false;
    else void this.#run();
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

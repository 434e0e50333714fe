// Lines that wait to be delivered, by where they go. Their memory is bounded: what does not fit is dropped, as Amazon's
// delivery is best effort too.

import { logBatchBytesMax, logWaitingBytesMax } from '../limits.ts';
import type { LogSource } from './delivery-right.ts';
import type { LoggingRules } from './logging-rules.ts';

export type LogBatch = {
  /** The bucket whose requests these are, as it was then: by the time of the delivery it may be gone. */
  readonly source: LogSource;
  readonly rules: LoggingRules;
  /** `2026-11-28`, of all records, where the rules tell them apart by it. */
  readonly day: string | undefined;
  readonly lines: string[];
  bytes: number;
};

/** What an array and a map keep of a batch, about. */
const batchBytes = 1_000;

export class LogBatches {
  readonly #waiting = new Map<string, LogBatch>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** A batch that is full, and waits no longer; `dropped` when there is no room for the line. */
  add(line: string, to: Pick<LogBatch, 'source' | 'rules' | 'day'>): LogBatch | 'dropped' | undefined {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes + batchBytes > logWaitingBytesMax) return 'dropped';
    const name = JSON.stringify([to.source.bucket, to.rules, to.day]);
    let batch = this.#waiting.get(name);
    if (batch === undefined) {
      batch = { ...to, lines: [], bytes: batchBytes };
      this.#waiting.set(name, batch);
      this.#bytes += batchBytes;
    }
    batch.lines.push(line);
    batch.bytes += bytes;
    this.#bytes += bytes;
    if (batch.bytes < logBatchBytesMax) return undefined;
    this.#waiting.delete(name);
    return batch;
  }

  /** All that wait; none does any longer. */
  takeAll(): readonly LogBatch[] {
    const batches = [...this.#waiting.values()];
    this.#waiting.clear();
    return batches;
  }

  /** What was taken is delivered, or given up: only then its memory is free. */
  release({ bytes }: LogBatch): void {
    this.#bytes -= bytes;
  }
}

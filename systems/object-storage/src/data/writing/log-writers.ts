// Writes blobs: chooses the log, and follows each blob until it is durable and announced to the index.
//
// What is known to be small shares one log, and with it each sync: over several logs there would be as many syncs, each
// for fewer. Everything else is spread, away from the small if it can be.

import assert from 'node:assert/strict';
import type { SpaceGuard } from '@cairn/resilience';
import { type SegmentLog, SegmentLogError } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { blockBytesMax } from '../../limits.ts';
import type { Announcement, BlobIndex, IndexEntry } from '../blob-index.ts';
import type { StoredBlob, WriteSizes } from '../data-store.ts';
import type { Holds } from '../holds.ts';
import type { BlobIds } from './blob-ids.ts';
import { BlobWriter } from './blob-writer.ts';
import { SmallBlobs } from './small-blobs.ts';

export type LogWritersParts = {
  readonly clock: Clock;
  readonly index: BlobIndex;
  readonly logs: readonly SegmentLog[];
  readonly holds: Holds;
  readonly ids: BlobIds;
  readonly space: SpaceGuard;
  /** Logs that are written; there may be more, which are only read. */
  readonly writers: number;
  /** An upload failed and may have left dead bytes. */
  readonly onFailed: () => void;
};

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A blob whose id was chosen before: a shard of it, or one that was healed in its place. */
export type GivenBlob = {
  readonly blob: string;
  readonly change: Announcement['change'];
  /** The log that has the damaged one: recovery takes the last that it finds in a log. */
  readonly log: number | undefined;
};

export class LogWriters {
  readonly #parts: LogWritersParts;
  /** Uploads under way per log that are not known to be small. */
  readonly #busy: number[];
  /** Per log. */
  readonly #small: readonly SmallBlobs[];
  #uploads = 0;

  constructor(parts: LogWritersParts) {
    this.#parts = parts;
    this.#busy = parts.logs.map(() => 0);
    this.#small = parts.logs.map((log) => new SmallBlobs(log, parts.clock));
  }

  get isBusy(): boolean {
    return this.#uploads > 0;
  }

  /** One function, and no more promises than it needs: every small put pays for each. */
  async write(
    chunks: Chunks,
    { sizeBytes, sizeBytesMax }: WriteSizes,
    given?: GivenBlob,
  ): Promise<StoredBlob> {
    const { index, logs, holds, ids, space } = this.#parts;
    if (!index.hasRoom) await index.room();
    const isSmall = sizeBytes !== undefined && sizeBytes <= smallBytesMax;
    const logNumber = given?.log ?? this.#leastBusyLog(isSmall);
    const log = logs[logNumber]!;
    const small = this.#small[logNumber]!;
    const blob = given?.blob ?? ids.next();
    const writer = new BlobWriter({ log, small, logNumber, holds, blob, space, sizeBytesMax });
    let entry: IndexEntry | undefined;
    if (!isSmall) this.#busy[logNumber]! += 1;
    this.#uploads += 1;
    try {
      await writer.write(chunks, ({ sizeBytes, runs, end }) => {
        const place = { log: logNumber, sizeBytes, runs };
        const release = writer.releaser();
        entry = index.announce({ blob, place, end, release, change: given?.change ?? added });
      });
    } catch (error) {
      if (entry === undefined) writer.releaser()();
      else index.lost(entry);
      // What a log that has ended holds of the blob is known only after the next start.
      if (!(error instanceof SegmentLogError)) ids.decided(blob);
      else if (endsLog.has(error.code)) this.#busy[logNumber] = Infinity;
      this.#parts.onFailed();
      throw error;
    } finally {
      if (!isSmall) this.#busy[logNumber]! -= 1;
      this.#uploads -= 1;
    }
    assert(entry !== undefined, 'a written blob was announced');
    index.durable(entry);
    return { blob, sizeBytes: entry.place.sizeBytes };
  }

  /** Of those that are equally busy the first for what is small, the last for everything else. */
  #leastBusyLog(small: boolean): number {
    let best = 0;
    for (let number = 1; number < this.#parts.writers; number++) {
      const [busy, least] = [this.#busy[number]!, this.#busy[best]!];
      if (small ? busy < least : busy <= least) best = number;
    }
    return best;
  }
}

const added = { kind: 'add' } as const;
/** One block: what is written by one append. */
const smallBytesMax = blockBytesMax;
/** Codes after which a log takes no more writes. */
const endsLog: ReadonlySet<string> = new Set(['sync-failed', 'write-failed']);

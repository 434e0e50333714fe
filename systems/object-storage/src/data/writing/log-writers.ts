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
import { BlobTooLargeError, type StoredBlob, type WriteHooks, type WriteSizes } from '../data-store.ts';
import type { Holds } from '../holds.ts';
import { segmentName } from '../segment-name.ts';
import type { BlobIds } from './blob-ids.ts';
import { BlobWriter } from './blob-writer.ts';
import { SmallBlobs } from './small-blobs.ts';
import { SmallUpload, type SmallUploadOwner } from './small-upload.ts';

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
  readonly #owner: SmallUploadOwner;

  constructor(parts: LogWritersParts) {
    const { logs, clock, holds, index } = parts;
    this.#parts = parts;
    this.#busy = logs.map(() => 0);
    this.#small = logs.map(
      (each, log) =>
        new SmallBlobs({
          ...{ log: each, clock },
          hold: (segment) => holds.hold(segmentName({ log, segment })),
          isUnsettled: (blob) => parts.ids.isUndecided(blob),
        }),
    );
    this.#owner = {
      index,
      ended: () => {
        this.#uploads -= 1;
      },
      failed: (blob, error, log) => this.#failed(blob, error, log),
    };
  }

  get isBusy(): boolean {
    return this.#uploads > 0;
  }

  /** Its owner does not work on it any more. */
  settled(blob: string): void {
    for (const small of this.#small) small.settled(blob);
  }

  write(chunks: Chunks, sizes: WriteSizes & WriteHooks, given?: GivenBlob): Promise<StoredBlob> {
    const isSmall = sizes.sizeBytes !== undefined && sizes.sizeBytes <= smallBytesMax;
    return isSmall && Symbol.iterator in chunks && this.#parts.index.hasRoom
      ? this.#writeAtHand(chunks, sizes, given)
      : this.#writeStream(chunks, sizes, given);
  }

  /** What is small and all there: every promise and every function on its way would be paid by each small put. */
  #writeAtHand(
    chunks: Iterable<Uint8Array>,
    sizes: WriteSizes & WriteHooks,
    given: GivenBlob | undefined,
  ): Promise<StoredBlob> {
    const taken: Uint8Array[] = [];
    let sizeBytes = 0;
    const iterator = chunks[Symbol.iterator]();
    try {
      for (let next = iterator.next(); !next.done; next = iterator.next()) {
        taken.push(next.value);
        sizeBytes += next.value.byteLength;
        // More than it was expected to be.
        if (sizeBytes > smallBytesMax || taken.length > partsMax)
          return this.#writeStream(resumed(taken, iterator), sizes, given);
      }
      if (sizeBytes > sizes.sizeBytesMax) throw new BlobTooLargeError(sizes.sizeBytesMax);
    } catch (error) {
      if (given !== undefined) this.#parts.ids.decided(given.blob);
      return Promise.reject(error);
    }
    return this.#writeWhole({ parts: taken, sizeBytes }, given);
  }

  #writeWhole(
    whole: { readonly parts: readonly Uint8Array[]; readonly sizeBytes: number },
    given: GivenBlob | undefined,
  ): Promise<StoredBlob> {
    const { ids, space } = this.#parts;
    const log = given?.log ?? this.#leastBusyLog(true);
    const blob = given?.blob ?? ids.next();
    this.#uploads += 1;
    return new Promise((resolve, reject) => {
      const { parts, sizeBytes } = whole;
      const change = given?.change ?? added;
      const upload = new SmallUpload({
        blob,
        log,
        parts,
        sizeBytes,
        change,
        owner: this.#owner,
        resolve,
        reject,
      });
      if (space.takeNow(sizeBytes)) this.#small[log]!.add(upload);
      else
        space.take(sizeBytes).then(
          () => this.#small[log]!.add(upload),
          (error: unknown) => upload.failed(error),
        );
    });
  }

  async #writeStream(
    chunks: Chunks,
    { sizeBytes, sizeBytesMax, onLetGo }: WriteSizes & WriteHooks,
    given: GivenBlob | undefined,
  ): Promise<StoredBlob> {
    const { index, logs, holds, ids, space } = this.#parts;
    if (!index.hasRoom) await index.room();
    const isSmall = sizeBytes !== undefined && sizeBytes <= smallBytesMax;
    const logNumber = given?.log ?? this.#leastBusyLog(isSmall);
    const log = logs[logNumber]!;
    const small = this.#small[logNumber]!;
    const blob = given?.blob ?? ids.next();
    const writer = new BlobWriter({ log, small, logNumber, holds, blob, space, sizeBytesMax, onLetGo });
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
      this.#failed(blob, error, logNumber);
      throw error;
    } finally {
      if (!isSmall) this.#busy[logNumber]! -= 1;
      this.#uploads -= 1;
    }
    assert(entry !== undefined, 'a written blob was announced');
    index.durable(entry);
    return { blob, sizeBytes: entry.place.sizeBytes };
  }

  /** What a log that has ended holds of the blob is known only after the next start. */
  #failed(blob: string, error: unknown, log: number): void {
    if (!(error instanceof SegmentLogError)) this.#parts.ids.decided(blob);
    else if (endsLog.has(error.code)) this.#busy[log] = Infinity;
    this.#parts.onFailed();
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

function* resumed(taken: readonly Uint8Array[], rest: Iterator<Uint8Array>): Iterable<Uint8Array> {
  yield* taken;
  yield* { [Symbol.iterator]: () => rest };
}

const added = { kind: 'add' } as const;
/** One block: what is written by one append. */
const smallBytesMax = blockBytesMax;
/** Of more pieces small ones are put together first. */
const partsMax = 16;
/** Codes after which a log takes no more writes. */
const endsLog: ReadonlySet<string> = new Set(['sync-failed', 'write-failed']);

// The writing half of a log: a queue of batches, one write at a time, one segment at a time.
//
// What it keeps: batches land in the order of calls and contiguous; nothing is written behind bytes whose fate is
// unknown (a failed write is cut away and the cut synced, or the log fails); a segment's successor exists only after the
// segment was synced. Payloads are never copied, and their checksum is computed here, once.

import { type Disk, DiskError, type DiskFile } from '@cairn/world';
import { type RecordKind, recordSeed } from '../format/record-header.ts';
import { gatherBytesMax, gatherRecordsMax, recordHeaderBytes, segmentHeaderBytes } from '../limits.ts';
import { sequenceAt } from '../read/walk-segment.ts';
import type { RecordLocation, RecordParts } from '../segment-log.ts';
import { SegmentLogError } from '../segment-log-error.ts';
import { createSegment } from './create-segment.ts';
import { batchBytes, type EncodedRecords, encodeRecords } from './encode-records.ts';
import { GroupCommit } from './group-commit.ts';
import { Preallocation } from './preallocation.ts';
import type { PromptWrites } from './prompt-writes.ts';

/** The segment that is written. All before `position` is durable when a writer begins with it. */
export type OpenTail = {
  readonly segment: number;
  readonly file: DiskFile;
  readonly firstSequence: number;
  readonly position: number;
  /** A mark stands at `position`, or there is nothing to mark. */
  readonly marked: boolean;
};

export type SegmentWriterOptions = {
  readonly disk: Disk;
  readonly directory: string;
  readonly logId: Buffer;
  readonly segmentBytesMax: number;
  readonly tail: OpenTail;
  /** Small writes are made on the calling thread; undefined where none is. */
  readonly promptWrites: PromptWrites | undefined;
  /** Called when `sealed` got its successor, before anything is written to that. */
  readonly onRolled: (sealed: { segment: number; sizeBytes: number }, tail: OpenTail) => void;
};

type Batch = {
  readonly kind: 'batch';
  readonly records: readonly RecordParts[];
  /** With headers. */
  readonly lengthBytes: number;
  readonly resolve: (location: RecordLocation) => void;
  readonly reject: (error: unknown) => void;
};
type Roll = {
  readonly kind: 'roll';
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};
/** Nobody waits for it. */
type Preallocate = { readonly kind: 'preallocate'; readonly syncedBytes: number };
type Job = Batch | Roll | Preallocate;

/** The payload of a mark: none. */
const markRecord: RecordParts = [];

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #tail: OpenTail;
  #seed: number;
  #position: number;
  /** Nothing was written behind the last mark, or there is nothing to mark. */
  #marked: boolean;
  #commit: GroupCommit;
  #preallocation: Preallocation;
  #queue: Job[] = [];
  #draining: Promise<void> | undefined;
  #failure: SegmentLogError | undefined;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#tail = options.tail;
    this.#seed = recordSeed(options.logId, options.tail.segment);
    this.#position = options.tail.position;
    this.#marked = options.tail.marked;
    this.#commit = this.#commitOf(options.tail);
    this.#preallocation = this.#preallocationOf(options.tail);
  }

  /** Behind the last batch that was written. */
  get end(): RecordLocation {
    return { segment: this.#tail.segment, position: this.#position };
  }

  /** Why nothing more is written or synced; undefined while all is well. */
  get failure(): SegmentLogError | undefined {
    return this.#failure ?? this.#commit.failure;
  }

  append(records: readonly RecordParts[]): Promise<RecordLocation> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'batch', records, lengthBytes: batchBytes(records), resolve, reject });
    });
  }

  /** In this turn, where nothing is queued and it may be written on the calling thread; undefined where `append` has to. */
  appendNow(records: readonly RecordParts[]): RecordLocation | undefined {
    const lengthBytes = batchBytes(records);
    if (this.#draining !== undefined || this.failure !== undefined || !this.#fits(lengthBytes))
      return undefined;
    if (!this.#options.promptWrites?.allows(lengthBytes, this.#commit)) return undefined;
    const { end } = this;
    const { buffers } = this.#encode(records, 'data');
    try {
      this.#options.promptWrites.make(lengthBytes, () => this.#tail.file.writeNow(buffers, end.position));
    } catch (error) {
      // What is appended from now on waits until nothing of it is left.
      const cut = this.#cutAway(error).catch(() => {});
      this.#draining = cut.then(() => this.#drain());
      return undefined;
    }
    this.#wrote(lengthBytes);
    return end;
  }

  /** Seals the segment once the batches before this call are written; does nothing to an empty one. */
  roll(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'roll', resolve, reject });
    });
  }

  sync(): Promise<void> {
    return this.failure === undefined ? this.#commit.sync() : Promise.reject(this.failure);
  }

  /**
   * Writes what is queued, syncs, and marks the end as synced. The mark is what lets the next recovery tell rot in the
   * last batches from a torn tail; the next record takes its place.
   */
  async finish(): Promise<void> {
    this.#preallocation.stop();
    await this.#draining;
    // Of the segment that was begun meanwhile.
    this.#preallocation.stop();
    await this.sync();
    if (this.#marked) return;
    try {
      await this.#write([markRecord], 'mark');
      await this.#cutZeros(this.#position + recordHeaderBytes);
    } catch (error) {
      // A mark only helps to tell damage from a torn tail; a full disk is no reason to fail.
      if (!(error instanceof DiskError) || error.code !== 'full') throw error;
    }
    await this.sync();
  }

  #commitOf(tail: OpenTail): GroupCommit {
    return new GroupCommit({
      ...tail,
      onSynced: (syncedBytes) => {
        const { position } = this.end;
        if (this.#preallocation.next({ position, syncedBytes }) !== undefined)
          this.#enqueue({ kind: 'preallocate', syncedBytes });
      },
    });
  }

  #preallocationOf({ position }: OpenTail): Preallocation {
    return new Preallocation({ position, segmentBytesMax: this.#options.segmentBytesMax });
  }

  #enqueue(job: Job): void {
    this.#queue.push(job);
    // Starting in a microtask lets all batches of one turn share the first write.
    this.#draining ??= Promise.resolve().then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.failure === undefined) await this.#handleFirst(this.#queue[0]!);
      else this.#rejectAll(this.failure);
    }
    this.#draining = undefined;
  }

  #rejectAll(failure: SegmentLogError): void {
    for (const job of this.#queue.splice(0)) if (job.kind !== 'preallocate') job.reject(failure);
  }

  async #handleFirst(job: Job): Promise<void> {
    if (job.kind === 'preallocate') {
      this.#queue.shift();
      return this.#preallocate(job);
    }
    if (job.kind === 'batch' && this.#fits(job.lengthBytes)) return this.#writeBatches(this.#takeBatches());
    try {
      if (this.#position > segmentHeaderBytes) await this.#startNextSegment();
    } catch (error) {
      this.#queue.shift();
      job.reject(error);
      return;
    }
    if (job.kind === 'batch') return;
    this.#queue.shift();
    job.resolve();
  }

  /** An empty segment takes any batch. */
  #fits(lengthBytes: number): boolean {
    return (
      this.#position === segmentHeaderBytes || this.#position + lengthBytes <= this.#options.segmentBytesMax
    );
  }

  /** The batches at the head of the queue that go into one write: at least one. */
  #takeBatches(): readonly Batch[] {
    const batches: Batch[] = [];
    let bytes = 0;
    let records = 0;
    for (const job of this.#queue) {
      if (job.kind !== 'batch') break;
      bytes += job.lengthBytes;
      records += job.records.length;
      const pastSegment = this.#position + bytes > this.#options.segmentBytesMax;
      const tooMuch = pastSegment || bytes > gatherBytesMax || records > gatherRecordsMax;
      if (tooMuch && batches.length > 0) break;
      batches.push(job);
    }
    this.#queue.splice(0, batches.length);
    return batches;
  }

  async #writeBatches(batches: readonly Batch[]): Promise<void> {
    let { position } = this.end;
    try {
      await this.#write(
        batches.flatMap((batch) => batch.records),
        'data',
      );
    } catch (error) {
      for (const batch of batches) batch.reject(error);
      return;
    }
    for (const batch of batches) {
      batch.resolve({ segment: this.#tail.segment, position });
      position += batch.lengthBytes;
    }
  }

  async #write(records: readonly RecordParts[], kind: RecordKind): Promise<void> {
    const { buffers, lengthBytes } = this.#encode(records, kind);
    try {
      const { file } = this.#tail;
      const { promptWrites } = this.#options;
      if (promptWrites?.allows(lengthBytes, this.#commit))
        promptWrites.make(lengthBytes, () => file.writeNow(buffers, this.#position));
      else await file.write(buffers, this.#position);
    } catch (error) {
      await this.#cutAway(error);
      throw error;
    }
    this.#wrote(kind === 'mark' ? 0 : lengthBytes);
  }

  #encode(records: readonly RecordParts[], kind: RecordKind): EncodedRecords {
    this.#marked = false;
    return encodeRecords(records, {
      kind,
      seed: this.#seed,
      position: this.#position,
      sequence: sequenceAt(this.#tail.firstSequence, this.#position),
      durable: this.#commit.durablePosition,
    });
  }

  #wrote(lengthBytes: number): void {
    this.#position += lengthBytes;
    this.#preallocation.reached(this.#position);
    this.#commit.changed(this.#position);
  }

  /** Synced at once, so that no sync of records waits for them. */
  async #preallocate({ syncedBytes }: Preallocate): Promise<void> {
    const zeros = this.#preallocation.next({ position: this.#position, syncedBytes });
    if (zeros === undefined) return;
    try {
      await this.#tail.file.write([zeros.bytes], zeros.position);
    } catch (error) {
      this.#preallocation.stop();
      // When that fails, so has the log.
      await this.#cutAway(error).catch(() => {});
      return;
    }
    this.#preallocation.reached(zeros.position + zeros.bytes.length);
    this.#commit.changed(this.#position);
    await this.#commit.sync().catch(() => {});
  }

  /** The file ends at `end`, where it had zeros behind. To be synced. */
  async #cutZeros(end: number): Promise<void> {
    if (this.#preallocation.end <= end) return;
    await this.#tail.file.truncate(end);
    this.#preallocation.cut(end);
    this.#commit.changed(this.#position);
  }

  /**
   * Leaves nothing of a write that failed, and makes that durable: otherwise a crash could bring back records whose
   * append was rejected, behind or instead of the next ones.
   */
  async #cutAway(writeError: unknown): Promise<void> {
    try {
      await this.#tail.file.truncate(this.#position);
    } catch (cause) {
      const detail = writeError instanceof Error ? writeError.message : String(writeError);
      const place = { segment: this.#tail.segment, position: this.#position };
      this.#failure = new SegmentLogError('write-failed', { attempt: 'cut', ...place, detail, cause });
      throw this.#failure;
    }
    this.#preallocation.cut(this.#position);
    this.#commit.changed(this.#position);
    await this.#commit.sync();
  }

  async #startNextSegment(): Promise<void> {
    await this.#cutZeros(this.#position);
    await this.#commit.sync();
    const { disk, directory, logId } = this.#options;
    const sealed = { segment: this.#tail.segment, sizeBytes: this.#position };
    const segment = sealed.segment + 1;
    const firstSequence = sequenceAt(this.#tail.firstSequence, this.#position);
    try {
      const file = await createSegment(disk, directory, { logId, segment, firstSequence });
      this.#tail = { segment, file, firstSequence, position: segmentHeaderBytes, marked: true };
    } catch (error) {
      if (error instanceof SegmentLogError) this.#failure = error;
      throw error;
    }
    this.#seed = recordSeed(logId, segment);
    this.#position = segmentHeaderBytes;
    this.#marked = true;
    this.#commit = this.#commitOf(this.#tail);
    this.#preallocation = this.#preallocationOf(this.#tail);
    this.#options.onRolled(sealed, this.#tail);
  }
}

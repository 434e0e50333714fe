// A segment log: records appended to numbered files by one writer, synced by group commit, read from anywhere.
//
// It knows nothing of what it stores. A record is a payload under a header of its own (magic, version, length, CRC-32C)
// in a segment file; a batch lies contiguous in one segment. The format is in DESIGN.md of this folder.
//
// What it promises: a record whose `sync` resolved is there after any crash, byte for byte, or reading it fails as
// damaged; it is never silently absent or different. What was not synced is, after a crash, absent from some record on
// (a torn tail is cut off at open). Damage before a point that was once synced is never cut off: it is reported.

import type { World } from '@cairn/world';

export type SegmentLogOptions = {
  readonly world: World;
  /** The folder of this log; made when missing. One log, one folder, one writer. */
  readonly directory: string;
  /** A segment is sealed when the next batch would take it past this. At least one batch always fits. */
  readonly segmentBytesMax: number;
  /** Small writes are made on the calling thread, within bounds (DESIGN.md, Writing): a loop that serves sockets waits less. */
  readonly writesPromptly?: boolean;
  /**
   * Where recovery starts, exclusive of what the owner has already indexed; the log's beginning when absent. A place that
   * this log has given: a location, the end of a record, or `end`. When the log ends before it, that is damage.
   */
  readonly recoverFrom?: RecordLocation | undefined;
  /**
   * Hands over all records, also those before `recoverFrom`, for an owner who makes an index anew. Where the log ends is found as
   * without it: what the old index knew of that is not given up.
   */
  readonly recoversAll?: boolean;
  /** Called in order for every sound record that is recovered, before `openSegmentLog` resolves. */
  readonly onRecovered?: (record: RecoveredRecord) => void | Promise<void>;
  /** Called of every damaged place on the way, in the same order. */
  readonly onDamaged?: (place: DamagedPlace) => void;
};

/** A record by its segment's number and the byte position of its header in that file. */
export type RecordLocation = { readonly segment: number; readonly position: number };
export type RecoveredRecord = { readonly location: RecordLocation; readonly payload: Uint8Array };

export type DamagedPlace = {
  readonly segment: number;
  readonly position: number;
  readonly endPosition: number;
  /** The place is that of one record, whose header is sound: only its payload is not. */
  readonly isOneRecord: boolean;
};

/** One record's payload as buffers that are written one after the other. */
export type RecordParts = readonly Uint8Array[];

export type SegmentInfo = { readonly segment: number; readonly sizeBytes: number; readonly sealed: boolean };

/** Damage that recovery found in a place that had been synced. */
export type SegmentDamage = { readonly segment: number; readonly position: number; readonly detail: string };

/** What `list` finds: a record with a sound header, or bytes in which none is found. */
export type ListedRecord =
  | {
      readonly kind: 'record';
      readonly location: RecordLocation;
      /** With its header. */
      readonly lengthBytes: number;
      /** Stays as it is; nothing is known of it before `isSound` said so. */
      readonly payload: Uint8Array;
      isSound(): boolean;
    }
  | { readonly kind: 'damage'; readonly location: RecordLocation; readonly lengthBytes: number };

export type ListOptions = {
  /** What the disk cannot read is damage too, as in recovery, instead of a DiskError. */
  readonly skipsUnreadable?: boolean;
};

/** How many records, and their length together, headers included. */
export type ReadOptions = { readonly count: number; readonly lengthBytes: number };

/** `into` has room for `lengthBytes`. */
export type ReadIntoOptions = ReadOptions & { readonly into?: Buffer };

export type PayloadIterator = IteratorObject<Uint8Array, void, undefined>;

export type RecordsRead = {
  readonly payloads: readonly Uint8Array[];
  readonly next: RecordLocation;
  /** Of the payload of the next record, where its header was read. */
  readonly nextBytes: number | undefined;
};

export type ReadOnOptions = {
  readonly lengthBytes: number;
  readonly take?: ((bytes: number) => Buffer) | undefined;
};

export type SegmentLog = {
  /** Where the next record will go, unless the segment rolls first. Appends under way are not counted. */
  readonly end: RecordLocation;
  /** What recovery found damaged; such records fail to read, all others are served. */
  readonly damage: readonly SegmentDamage[];
  /**
   * Writes a batch, contiguous in one segment, and resolves with the location of its first record once the operating
   * system has it: not durable before `sync`. Buffers must not change until then. Batches land in the order of calls.
   * Rejects with a DiskError (`full`, `io`: nothing of the batch remains, the log goes on) or SegmentLogError.
   */
  append(batch: readonly RecordParts[]): Promise<RecordLocation>;
  /**
   * The same before it returns, with `writesPromptly`; undefined where it is not done: something is waited for, or the bounds forbid
   * it, or it failed. Then it is to be given to `append`, which begins when nothing of it is left.
   */
  appendNow(batch: readonly RecordParts[]): RecordLocation | undefined;
  /** Resolves once everything whose `append` resolved before the call is durable. Concurrent calls share one sync. */
  sync(): Promise<void>;
  /**
   * Reads and verifies `count` records that lie contiguous from `location` on; one disk read per `lengthBytes`, which
   * is their total length with headers. The payloads are views of `into`, or of a buffer of their own without it.
   */
  read(location: RecordLocation, options: ReadIntoOptions): Promise<readonly Uint8Array[]>;
  /**
   * The same, but each payload is verified when it is asked for, and damage thrown then: who uses one right away finds it
   * in the processor's cache, which a whole piece, or pieces of many logs, would not stay in.
   */
  readEach(location: RecordLocation, options: ReadIntoOptions): Promise<PayloadIterator>;
  /**
   * Reads and verifies the whole records that lie in `lengthBytes` from `location` on, the first however long it is, and
   * says where the next one begins: damage there is thrown by a read from it, and so is what the disk cannot read (`damaged`, with
   * its DiskError as the cause; DiskError when the disk reads nothing around it either). None at the end of the segment. The payloads
   * are views of a buffer of their own, or of what `take` gives: it is asked for at least so many bytes, more than once
   * where the first record is long.
   */
  readOn(location: RecordLocation, options: ReadOnOptions): Promise<RecordsRead>;
  /**
   * The same of what memory has, on the calling thread and never waiting for the disk, for at most 64 KiB: undefined where not all of
   * it is at hand, where the segment is not open, and where it begins with damage. `readOn` says more.
   */
  readOnCached(location: RecordLocation, options: ReadOnOptions): RecordsRead | undefined;
  /**
   * The same as `read` of what memory has, on the calling thread and never waiting for the disk, for at most 260 KiB of payload: undefined
   * when not all of it is at hand, and while the segment is not open. Reading it otherwise opens it.
   */
  readCached(location: RecordLocation, options: ReadIntoOptions): PayloadIterator | undefined;
  /** The same as `read` on the calling thread, for at most 64 KiB of payload (see `DiskFile.readNow`). Segment must be open. */
  readNow(location: RecordLocation, options: ReadIntoOptions): readonly Uint8Array[] | undefined;
  /** All records of a segment, in order; payloads are not verified yet, and damage is listed in its place. */
  list(segment: number, options?: ListOptions): AsyncIterable<ListedRecord>;
  /** All sound records of a segment from `position` on, in order; throws SegmentLogError at damage. */
  scan(from: RecordLocation): AsyncIterable<RecoveredRecord>;
  segments(): readonly SegmentInfo[];
  /** Seals the current segment behind all earlier appends, durably, and begins the next. Does nothing to an empty one. */
  roll(): Promise<void>;
  /** Deletes a sealed segment, durably; to be repeated when it fails. Reads under way finish. */
  remove(segment: number): Promise<void>;
  /** Syncs, then closes; rejects when something could not be synced, closed all the same. Idempotent. */
  close(): Promise<void>;
};

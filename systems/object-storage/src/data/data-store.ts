// The data store: immutable blobs under ids of its own choosing, in large segment files, never one file per blob.
//
// It knows nothing of buckets and keys. The metadata store holds the ids; what no row refers to is removed by id. Later
// this interface is spoken to a data node over the network; placement and replication attach above it (DESIGN.md).

import type { DamagedBlob } from './index/state.ts';
import type { CompactionResult } from './upkeep/compactor.ts';

/** `sizeBytes` is what the blob is expected to have, if that is known: a hint. */
export type WriteSizes = { readonly sizeBytes: number | undefined; readonly sizeBytesMax: number };

export type WriteHooks = {
  /** Told of how many bytes from the beginning nothing is looked at any more. A store need not tell: `writeLookBackBytes` holds. */
  readonly onLetGo?: ((bytes: number) => void) | undefined;
};

export type DataStore = {
  /**
   * Stores a blob, durable when it resolves. When `chunks` throws, nothing is stored. Streams in bounded memory: a chunk is
   * not looked at any more once chunks of `writeLookBackBytes` behind it were asked for. Throws
   * DiskError `full` while less than the reserve is free, and BlobTooLargeError. The blob is undecided until `decided` is
   * called.
   */
  write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: Partial<WriteSizes> & WriteHooks,
  ): Promise<StoredBlob>;
  /**
   * The blob's fate is known to the metadata store: a row refers to it or it is garbage, durably, or it certainly is
   * neither. Never called where the answer is unknown: such a blob is looked at after the next start.
   */
  decided(blob: string): void;
  /** Nobody waits for the blob's fate now, though the metadata store does not know it: blobs that wait for that go on. */
  leftOpen(blob: string): void;
  /**
   * The whole blob, when it is small and at hand: reads on the calling thread. Throws BlobDamagedError. What fits is read into
   * `into`, if there is one, and then is there as long as the caller leaves that alone.
   */
  readNow(blob: string, into?: Buffer): Uint8Array | undefined;
  /** Finds a blob and holds it against removal until its reader is closed. Undefined when there is none. */
  open(blob: string): Promise<BlobReader | undefined>;
  /**
   * Reads all of a blob and gives its size; undefined when there is none. Throws BlobDamagedError, and remembers that; a
   * blob that was found damaged before and is sound is not damaged any more.
   */
  verify(blob: string): Promise<number | undefined>;
  /** Forgets blobs, durably; ids that are unknown are no error. Their space comes back by and by. */
  remove(blobs: readonly string[]): Promise<void>;
  /** Where a blob lies; undefined when there is none. */
  locate(blob: string): Promise<BlobPlace | undefined>;
  /** Ids after one, in order, of everything that was acknowledged. */
  listBlobs(request: { after: string; limit: number }): Promise<readonly string[]>;
  readonly orphans: OrphanBounds;
  /** Gives back the space of what is dead, at once. */
  compact(): Promise<CompactionResult>;
  stats(): Promise<DataStoreStats>;
  /** Blobs that reads or the scrubber found damaged and that are still there. */
  listDamaged(): Promise<readonly DamagedBlob[]>;
  /** How many are known. */
  readonly damagedBlobs: number;
  /** Whether all drives are there; only where there are several. */
  readonly isWhole?: boolean;
  /** Makes every blob whole that can be; only where there are several drives. */
  healAll?(): Promise<void>;
  /** Takes a new drive, in an empty folder, for a missing one; only where there are several. */
  replaceDrive?(folder: string): Promise<void>;
  /** Read only. What recovery found, what the index and the segments disagree on; `deep` reads every blob. */
  check(options: { deep: boolean }): AsyncIterable<BlobFinding>;
  close(): Promise<void>;
};

/** The data store of one drive of several: it also takes blobs, or shards of them, under ids that others chose. */
export type DriveStore = Omit<DataStore, 'open'> & {
  open(blob: string): Promise<PlacedReader | undefined>;
  /** As `write`. A blob that is `fresh` is undecided; another was decided before, and only comes back to this drive. */
  writeAs(
    blob: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: Partial<WriteSizes> & { readonly fresh: boolean },
  ): Promise<void>;
  /**
   * Puts sound bytes in the place of damaged ones, at once for who reads: until that happens the old place counts. False
   * when it cannot be done now, because the blob is being removed or copied.
   */
  rewrite(blob: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean>;
  isDamaged(blob: string): boolean;
  /** The last upload that asked found no room. */
  readonly isSpaceShort: boolean;
  /** Measures the room anew where it was short: uploads that go elsewhere do not. */
  lookForSpace(): Promise<void>;
  /** The disk cannot read the blob, or some of it: that is as good as rotten. */
  markUnreadable(blob: string, error: Error): void;
};

/** What a search for orphans needs to know of the blobs that have no row yet, or whose fate a crash left open. */
export type OrphanBounds = {
  /** Where the blobs begin that an earlier process may have left undecided; undefined when there are none. */
  readonly leftFrom: string | undefined;
  /** Every blob written from now on is at or above this. */
  readonly end: string;
  /** Blobs below `end` whose fate is open now. */
  undecided(): ReadonlySet<string>;
  /** What an earlier process left has been looked at: durably, so that it is not looked at again. */
  leftAreDecided(): Promise<void>;
};

export type StoredBlob = { readonly blob: string; readonly sizeBytes: number };

export type BlobReader = {
  readonly sizeBytes: number;
  /**
   * Verified chunks of a range that lies within the blob. A chunk is valid until the next one is asked for.
   * Throws BlobDamagedError instead of giving a wrong byte.
   */
  read(range: { start: number; length: number }, hooks?: ReadHooks): AsyncIterable<Uint8Array>;
  /** Idempotent. */
  close(): void;
};

/** Chunks of which those that memory has are given without a promise. */
export type PromptChunks = AsyncIterableIterator<Uint8Array> & {
  /** The next chunk if it is at hand; undefined where `next` has to wait for it, or is at the end. Throws what `next` rejects with. */
  nextCached(): Uint8Array | undefined;
  /** Nobody looks at the last chunk any more: its memory may serve others before the next is asked for. */
  release(): void;
};

export type PlacedReader = Omit<BlobReader, 'read'> & {
  read(range: { start: number; length: number }, hooks?: ReadHooks): PromptChunks;
  /** Of what it reads. */
  readonly place: KnownPlace;
};

/** What a caller wants done in the reader's own loop: another layer of iteration would cost as much as the read. */
export type ReadHooks = {
  /** What is thrown instead of an error. */
  readonly explain?: (error: unknown) => unknown;
  /** Called once: after the last chunk, after an error, or when the consumer left. */
  readonly onEnd?: () => void;
  /**
   * Chunks may be of several blocks, for who hands them on as they are: the fewer they are, the less each byte costs. Without it
   * each is of one.
   */
  readonly gathers?: boolean;
};

export type BlobPlace = {
  readonly log: number;
  readonly sizeBytes: number;
  readonly runs: readonly { readonly segment: number; readonly position: number; readonly blocks: number }[];
};

/**
 * A place with a name that no other has. What is written anew under the same id, or moved, has another one: so what is kept under
 * a name is of one place for ever.
 */
export type KnownPlace = BlobPlace & { readonly name: number };

export type DataStoreStats = {
  readonly blobs: number;
  readonly segments: number;
  readonly segmentBytes: number;
  /** Of blocks of blobs that are there. */
  readonly liveBytes: number;
  /** What else takes room in the segments: removed blobs, copies that were left behind, failed uploads. */
  readonly deadBytes: number;
  /** Of all segments removed since the start. */
  readonly freedBytes: number;
  readonly damagedBlobs: number;
  readonly scrub: ScrubProgress;
  /** On several drives: each of them, and how healing goes. Then blobs and bytes are of all copies and shards. */
  readonly drives?: DrivesStats;
};

export type DrivesStats = {
  readonly redundancy: string;
  readonly drives: readonly DriveStats[];
  readonly healing: HealingProgress;
};

export type DriveStats = {
  readonly folder: string;
  /** `returned`: it was away, and what it holds is still to be held against all references. */
  readonly state: 'ok' | 'returned' | 'missing';
  /** Why it is missing. */
  readonly reason: string;
  readonly freeBytes: number;
  /** Copies and shards on it, of blobs. */
  readonly blobs: number;
  readonly damagedBlobs: number;
};

export type HealingProgress = {
  /** A pass is under way, or is about to begin. */
  readonly running: boolean;
  /** Of the pass under way, or of the last when none is; 0 before the first. */
  readonly startedMs: number;
  readonly finishedMs: number;
  /** The last blob that the pass looked at. */
  readonly after: string;
  readonly scannedBlobs: number;
  readonly healedBlobs: number;
  readonly healedBytes: number;
  /** With fewer copies or shards than they should have, for want of a drive or of room. */
  readonly degradedBlobs: number;
  /** With fewer than they need to be read. */
  readonly lostBlobs: number;
  /** Blobs that reads and writes found in want of healing, and that wait for it. */
  readonly queuedBlobs: number;
};

export type ScrubProgress = {
  /** Of the pass under way, or of the last when none is. */
  readonly startedMs: number;
  readonly readBlobs: number;
  readonly readBytes: number;
  /** When the last pass was finished; 0 before the first. */
  readonly finishedMs: number;
};

export type BlobFinding = {
  readonly blob: string | undefined;
  readonly where: string;
  readonly detail: string;
};

/** There came more bytes than were to be stored. */
export class BlobTooLargeError extends Error {
  constructor(sizeBytesMax: number) {
    super(`the blob has more than ${sizeBytesMax} bytes`);
    this.name = 'BlobTooLargeError';
  }
}

/** A blob whose bytes are not what was stored. */
export class BlobDamagedError extends Error {
  readonly blob: string;

  constructor(blob: string, options: { detail: string; cause?: unknown }) {
    super(`blob ${blob} is damaged: ${options.detail}`, { cause: options.cause });
    this.name = 'BlobDamagedError';
    this.blob = blob;
  }
}

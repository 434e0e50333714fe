// The data store: immutable blobs under ids of its own choosing, in large segment files, never one file per blob.
//
// It knows nothing of buckets and keys. The metadata store holds the ids; what no row refers to is removed by id. Later
// this interface is spoken to a data node over the network; placement and replication attach above it (DESIGN.md).

export type DataStore = {
  /** Stores a blob, durable when it resolves. When `chunks` throws, nothing is stored. Streams in bounded memory. */
  write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredBlob>;
  /** Finds a blob and holds it against removal until its reader is closed. Undefined when there is none. */
  open(blob: string): Promise<BlobReader | undefined>;
  /** Forgets blobs, durably; ids that are unknown are no error. Their space comes back when their segment is empty. */
  remove(blobs: readonly string[]): Promise<void>;
  /** Where a blob lies; undefined when there is none. */
  locate(blob: string): Promise<BlobPlace | undefined>;
  stats(): Promise<DataStoreStats>;
  /** Read only. What recovery found, what the index and the segments disagree on; `deep` reads every blob. */
  check(options: { deep: boolean }): AsyncIterable<BlobFinding>;
  close(): Promise<void>;
};

export type StoredBlob = { readonly blob: string; readonly sizeBytes: number };

export type BlobReader = {
  readonly sizeBytes: number;
  /** The whole blob, when it is small and at hand; reads on the calling thread. */
  readNow(): Uint8Array | undefined;
  /**
   * Verified chunks of a range that lies within the blob. A chunk is valid until the next one is asked for.
   * Throws BlobDamagedError instead of giving a wrong byte.
   */
  read(range: { start: number; length: number }): AsyncIterable<Uint8Array>;
  /** Idempotent. */
  close(): void;
};

export type BlobPlace = {
  readonly log: number;
  readonly sizeBytes: number;
  readonly runs: readonly { readonly segment: number; readonly position: number; readonly blocks: number }[];
};

export type DataStoreStats = {
  readonly blobs: number;
  readonly segments: number;
  readonly segmentBytes: number;
};

export type BlobFinding = {
  readonly blob: string | undefined;
  readonly where: string;
  readonly detail: string;
};

/** A blob whose bytes are not what was stored. */
export class BlobDamagedError extends Error {
  readonly blob: string;

  constructor(blob: string, options: { detail: string; cause?: unknown }) {
    super(`blob ${blob} is damaged: ${options.detail}`, { cause: options.cause });
    this.name = 'BlobDamagedError';
    this.blob = blob;
  }
}

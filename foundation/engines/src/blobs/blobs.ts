// The blobs port: immutable byte strings under names, the same against a folder, any S3, or Cairn's own object storage.
//
// A name is Unicode text of 1 to `blobNameBytesMax` bytes of UTF-8 without U+0000. `/` is a character like any other,
// except that engines list faster where it divides names into groups. All failures that are expected are a `BlobsError`;
// an aborted call rejects with its signal's reason, and a body that fails makes `put` reject with its own error.

/** What S3 allows for a key (1,024 bytes), less room for the prefix that a URL may give. */
export const blobNameBytesMax = 900;
/** Names on one page of a listing. */
export const blobPageMax = 1000;

export type Blobs = {
  /**
   * Stores a blob whole or not at all, durable when it resolves. `ifAbsent` makes of two concurrent writers one winner;
   * the other gets `exists`. Without it the last writer wins. Streams: memory does not grow with the blob, and that of a
   * piece may be used again when the next is asked for.
   */
  put(name: string, body: BlobBody, options?: PutOptions): Promise<'stored' | 'exists'>;
  /** Undefined when there is no such blob. `range` counts in bytes and must lie within the blob. */
  get(name: string, options?: GetOptions): Promise<BlobContent | undefined>;
  head(name: string): Promise<BlobInfo | undefined>;
  /** Deletes; names that do not exist are no error. */
  delete(names: readonly string[]): Promise<void>;
  /** Names with the prefix that sort after `after`, in the order of their UTF-8 bytes, at most `limit` (1,000). */
  list(options: ListOptions): Promise<BlobPage>;
  close(): Promise<void>;
};

export type BlobBody = Uint8Array | AsyncIterable<Uint8Array>;
export type PutOptions = { readonly ifAbsent?: boolean; readonly signal?: AbortSignal };
export type GetOptions = {
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
  /**
   * Memory, shared or not, that the caller will not need before the body was read. An engine that can puts the bytes there, from
   * its beginning, when it is long enough: then each piece of the body is the next part of it. Others pay it no heed, so look
   * where a piece lies.
   */
  readonly into?: Uint8Array;
};
/** `start` is the first byte, `length` how many; 0 < length. */
export type ByteRange = { readonly start: number; readonly length: number };
export type BlobInfo = { readonly name: string; readonly sizeBytes: number; readonly modifiedMs: number };
/** A body holds a file or a connection until it is read to its end or left by `break`. */
export type BlobContent = { readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> };
export type ListOptions = { readonly prefix: string; readonly after?: string; readonly limit?: number };
export type BlobPage = { readonly blobs: readonly BlobInfo[]; readonly more: boolean };

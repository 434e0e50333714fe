// A segment that is in the blobs engine, as a partition reads it: a batch file by ranges, with its index behind it.
//
// Every batch is verified when it is read. What fails may have rotted on its way or in the cache, so it is fetched anew once.

import { type Offset, PartitionError } from '../partition/partition.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import { BatchFileSource } from '../partition/segments/batch-file-source.ts';
import type {
  BatchesRead,
  ListedBatch,
  OffsetBounds,
  SegmentSource,
} from '../partition/segments/segment-source.ts';
import type { RemoteChunks } from './remote-chunks.ts';
import type { RemoteSegment } from './remote-list.ts';

export type BlobPieces = Pick<RemoteChunks, 'read' | 'forget'>;

export class RemoteSource implements SegmentSource {
  readonly segment: number;
  readonly name: string;
  readonly bounds: OffsetBounds;
  readonly #remote: RemoteSegment;
  readonly #chunks: BlobPieces | undefined;
  readonly #file: BatchFileSource;
  /** Fetching it anew did not help. */
  #isRotten = false;

  /** Without `chunks` nothing of it can be read: no engine is configured. */
  constructor(remote: RemoteSegment, chunks: BlobPieces | undefined) {
    this.segment = remote.segment;
    this.name = `${String(remote.segment).padStart(12, '0')}.remote`;
    this.bounds = { baseOffset: remote.baseOffset, endOffset: remote.endOffset };
    this.#remote = remote;
    this.#chunks = chunks;
    const { segment, baseOffset, endOffset } = remote;
    this.#file = new BatchFileSource(
      { segment, name: remote.name, baseOffset, endOffset },
      { sizeBytes: remote.fileBytes, read: (start, lengthBytes) => this.#read(start, lengthBytes) },
    );
  }

  retire(): void {
    this.#file.retire();
  }

  async readOn(position: number, options: { readonly lengthBytes: number }): Promise<BatchesRead> {
    try {
      const read = await this.#file.readOn(position, options);
      this.#isRotten = false;
      return read;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.#chunks?.forget(this.#remote.name);
      if (this.#isRotten) throw error;
      this.#isRotten = true;
      return this.readOn(position, options);
    }
  }

  list(options?: { readonly from?: number }): AsyncIterable<ListedBatch> {
    return this.#file.list(options);
  }

  /** Undefined when it is damaged: then the batches say the same. */
  async readIndex(): Promise<SegmentIndex | undefined> {
    const { fileBytes, sizeBytes, segment } = this.#remote;
    const index = SegmentIndex.decode(await this.#read(fileBytes, sizeBytes - fileBytes));
    return index?.summary().segment === segment ? index : undefined;
  }

  async #read(start: number, lengthBytes: number): Promise<Buffer> {
    if (this.#chunks !== undefined) return this.#chunks.read(this.#remote, { start, lengthBytes });
    throw noEngine(this.bounds.baseOffset);
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof PartitionError && error.code === 'CORRUPT_MESSAGE';
}

function noEngine(offset: Offset): PartitionError {
  const detail = `what is from ${offset} on is in the blobs engine, and none is configured (message-queue.engines.blobs)`;
  return new PartitionError('KAFKA_STORAGE_ERROR', detail);
}

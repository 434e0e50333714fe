// Writes a batch file to the disk. Until a list names it, it is nothing: what a crash leaves of it is removed at the next start.

import type { Disk, DiskFile } from '@cairn/world';
import { batchFilePieceBytes } from '../../limits.ts';
import type { Offset } from '../partition.ts';
import type { SegmentIndex } from '../segment-index.ts';
import { removeFile } from '../small-files.ts';
import { BatchFileEncoder } from './batch-file-encoder.ts';

export type NewBatchFile = {
  readonly directory: string;
  /** With its ending. */
  readonly fileName: string;
  readonly segment: number;
  readonly id: Uint8Array;
  readonly baseOffset: Offset;
};

export type WrittenBatchFile = {
  readonly sizeBytes: number;
  readonly batches: number;
  readonly index: SegmentIndex;
};

export class BatchFileWriter {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #new: NewBatchFile;
  readonly #encoder: BatchFileEncoder;
  readonly #pieces: Uint8Array[];
  #waitingBytes = 0;
  #sizeBytes = 0;

  static async create(disk: Disk, wanted: NewBatchFile): Promise<BatchFileWriter> {
    const path = `${wanted.directory}/${wanted.fileName}`;
    await removeFile(disk, path);
    return new BatchFileWriter(disk, await disk.open(path, 'create'), wanted);
  }

  private constructor(disk: Disk, file: DiskFile, wanted: NewBatchFile) {
    this.#disk = disk;
    this.#file = file;
    this.#new = wanted;
    this.#encoder = new BatchFileEncoder(wanted);
    this.#pieces = [this.#encoder.header()];
    this.#waitingBytes = this.#pieces[0]!.length;
  }

  get batches(): number {
    return this.#encoder.batches;
  }

  /** `batch` must not change any more. Rejects with DiskError; then only `abandon` is left. */
  async add(batch: Uint8Array): Promise<void> {
    await this.#put(this.#encoder.frame(batch));
  }

  /** Resolves once the file is whole and durable, its name too. */
  async finish(endOffset: Offset): Promise<WrittenBatchFile> {
    await this.#put([this.#encoder.footer(endOffset)]);
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await this.#disk.syncDirectory(this.#new.directory);
    return { sizeBytes: this.#sizeBytes, batches: this.#encoder.batches, index: this.#encoder.index };
  }

  /** Removes what there is of it. */
  async abandon(): Promise<void> {
    await this.#file.close();
    await removeFile(this.#disk, this.#file.path);
  }

  async #put(pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#waitingBytes += piece.length;
    }
    if (this.#waitingBytes >= batchFilePieceBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#waitingBytes;
    await this.#file.write(this.#pieces.splice(0), this.#sizeBytes);
    this.#sizeBytes += bytes;
    this.#waitingBytes = 0;
  }
}

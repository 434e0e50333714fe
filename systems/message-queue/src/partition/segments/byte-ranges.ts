// The bytes of a batch file wherever it is, by ranges.

import type { Disk, DiskFile } from '@cairn/world';

export type ByteRanges = {
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** Bytes that stay as they are: fewer than asked for only at the end. */
  read(position: number, lengthBytes: number): Promise<Buffer>;
};

/** A file, which is open only while it is read: a process may have thousands of them. */
export class FileRanges implements ByteRanges {
  readonly sizeBytes: number;
  readonly #disk: Disk;
  readonly #path: string;

  constructor(disk: Disk, file: { readonly path: string; readonly sizeBytes: number }) {
    this.#disk = disk;
    this.#path = file.path;
    this.sizeBytes = file.sizeBytes;
  }

  async read(position: number, lengthBytes: number): Promise<Buffer> {
    const file: DiskFile = await this.#disk.open(this.#path, 'read');
    try {
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(lengthBytes, this.sizeBytes - position)));
      return bytes.subarray(0, await file.read(bytes, position));
    } finally {
      await file.close();
    }
  }
}

// The bytes of a batch file wherever it is, by ranges.

import { readUpToUnreadable } from '@cairn/segment-log';
import type { Disk, DiskFile } from '@cairn/world';

export type ByteRanges = {
  /** Of the whole file. */
  readonly sizeBytes: number;
  /**
   * Fewer bytes than asked for only at the end, and in front of a place that the disk cannot read. They stay as they are, or as long as what `take` gave does, which may be read
   * to: a buffer of at least so many bytes.
   */
  read(position: number, lengthBytes: number, take?: (bytes: number) => Buffer): Promise<Buffer>;
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

  async read(
    position: number,
    lengthBytes: number,
    take: (bytes: number) => Buffer = Buffer.allocUnsafeSlow,
  ): Promise<Buffer> {
    const file: DiskFile = await this.#disk.open(this.#path, 'read');
    try {
      const wanted = Math.max(0, Math.min(lengthBytes, this.sizeBytes - position));
      const bytes = take(wanted).subarray(0, wanted);
      const { bytesRead, unreadable, isPlace } = await readUpToUnreadable(file, bytes, position);
      if (unreadable !== undefined && !isPlace) throw unreadable;
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

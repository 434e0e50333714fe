// What a batch file says of itself at its ends, without anything of what is between.

import type { Disk } from '@cairn/world';
import {
  type BatchFileFooter,
  batchFileFooterBytes,
  batchFileHeaderBytes,
  batchFileSeed,
  decodeBatchFileFooter,
  decodeBatchFileHeader,
} from './batch-file-format.ts';

export type BatchFileEnds = Omit<BatchFileFooter, 'position'> & {
  readonly baseOffset: number;
  readonly sizeBytes: number;
};

/** Undefined where one of its ends is damaged, or it was cut short. */
export async function readBatchFileEnds(disk: Disk, path: string): Promise<BatchFileEnds | undefined> {
  const file = await disk.open(path, 'read');
  try {
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes < batchFileHeaderBytes + batchFileFooterBytes) return undefined;
    const read = async (at: number, lengthBytes: number) => {
      const bytes = Buffer.alloc(lengthBytes);
      await file.read(bytes, at);
      return bytes;
    };
    const header = decodeBatchFileHeader(await read(0, batchFileHeaderBytes));
    if (header === undefined) return undefined;
    const footerAt = sizeBytes - batchFileFooterBytes;
    const footer = decodeBatchFileFooter(
      await read(footerAt, batchFileFooterBytes),
      batchFileSeed(header.id),
    );
    if (footer === undefined || footer.position !== footerAt) return undefined;
    const { batches, endOffset, maxTimestampMs } = footer;
    return { batches, baseOffset: header.baseOffset, endOffset, maxTimestampMs, sizeBytes };
  } finally {
    await file.close();
  }
}

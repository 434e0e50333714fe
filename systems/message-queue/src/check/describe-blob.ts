// What a blob of a moved segment says of itself, for when the list that named it is damaged. It says so twice:
//
//   header | frames ... | footer | index
//                                   covers all that the footer does, under a checksum of its own: read from the blob's end
//   base offset            end offset, found frame by frame from the beginning
//
// So one place that is damaged leaves it described; what it does to the records is told by whoever reads them.

import { indexedEveryBytes, readBytesMax } from '../limits.ts';
import { encodedIndexBytes, SegmentIndex } from '../partition/segment-index.ts';
import {
  type BatchFileFooter,
  batchFileFooterBytes,
  batchFileHeaderBytes,
  batchFileSeed,
  decodeBatchFileFooter,
  decodeBatchFileHeader,
  frameAt,
  frameHeaderBytes,
} from '../partition/segments/batch-file-format.ts';
import type { RemoteSegment } from '../remote/remote-list.ts';
import type { BlobReader } from './moved-segments.ts';

/** By its name. */
export type NamedBlob = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly segment: number;
  readonly baseOffset: number;
};

/** Fewer bytes are no whole blob, whatever they are. */
export const blobBytesMin = batchFileHeaderBytes + batchFileFooterBytes + encodedIndexBytes(0);

/** Undefined for a name that no broker gives. */
export function namedBlob(blob: { name: string; sizeBytes: number }, prefix: string): NamedBlob | undefined {
  const match = /^(\d{12})-(\d{20})-[0-9a-f]{24}$/.exec(blob.name.slice(prefix.length));
  if (match === null || !blob.name.startsWith(prefix)) return undefined;
  const { name, sizeBytes } = blob;
  return { name, sizeBytes, segment: Number(match[1]), baseOffset: Number(match[2]) };
}

/** Undefined when too much of it is damaged. Throws PartitionError KAFKA_STORAGE_ERROR when it cannot be read. */
export async function describeBlob(
  blob: NamedBlob,
  reader: Pick<BlobReader, 'read'>,
): Promise<RemoteSegment | undefined> {
  if (blob.sizeBytes < blobBytesMin) return undefined;
  return (await byIndex(blob, reader)) ?? (await byFrames(blob, reader));
}

async function byIndex(
  blob: NamedBlob,
  reader: Pick<BlobReader, 'read'>,
): Promise<RemoteSegment | undefined> {
  const { name, sizeBytes, segment, baseOffset } = blob;
  const longest = encodedIndexBytes(Math.ceil(sizeBytes / indexedEveryBytes));
  const start = Math.max(sizeBytes - longest, batchFileHeaderBytes + batchFileFooterBytes);
  const tail = await reader.read({ name, start, lengthBytes: sizeBytes - start });
  for (let entries = 0; encodedIndexBytes(entries) <= tail.length; entries++) {
    const fileBytes = sizeBytes - encodedIndexBytes(entries);
    const summary = SegmentIndex.decode(tail.subarray(fileBytes - start))?.summary();
    if (summary?.segment !== segment || summary.baseOffset !== baseOffset) continue;
    if (summary.coveredTo === fileBytes - batchFileFooterBytes)
      return { name, fileBytes, sizeBytes, ...summary };
  }
  return undefined;
}

async function byFrames(
  blob: NamedBlob,
  reader: Pick<BlobReader, 'read'>,
): Promise<RemoteSegment | undefined> {
  const { name, sizeBytes, segment, baseOffset } = blob;
  const read = (start: number, lengthBytes: number) => reader.read({ name, start, lengthBytes });
  const header = decodeBatchFileHeader(await read(0, batchFileHeaderBytes));
  if (header?.baseOffset !== baseOffset) return undefined;
  const footer = await findFooter({ sizeBytes, seed: batchFileSeed(header.id) }, read);
  if (footer === undefined) return undefined;
  const { endOffset, maxTimestampMs, position: coveredTo } = footer;
  const fileBytes = coveredTo + batchFileFooterBytes;
  return { segment, name, baseOffset, endOffset, maxTimestampMs, coveredTo, fileBytes, sizeBytes };
}

/** Behind the last frame. Undefined when one is damaged so that its length is not known, or the footer is. */
async function findFooter(
  { sizeBytes, seed }: { sizeBytes: number; seed: number },
  read: (start: number, lengthBytes: number) => Promise<Buffer>,
): Promise<BatchFileFooter | undefined> {
  for (let position = batchFileHeaderBytes; position + batchFileFooterBytes <= sizeBytes; ) {
    const bytes = await read(position, Math.min(readBytesMax, sizeBytes - position));
    let at = 0;
    for (;;) {
      const rest = bytes.subarray(at);
      const footer = decodeBatchFileFooter(rest, seed);
      if (footer?.position === position + at) return footer;
      const frame = frameAt(rest, { position: position + at, seed });
      if (frame === undefined) break;
      at += frameHeaderBytes + frame.lengthBytes;
    }
    if (at === 0) return undefined;
    position += at;
  }
  return undefined;
}

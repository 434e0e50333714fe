// Writes what compaction leaves of some segments, side by side, into one batch file.

import type { Disk } from '@cairn/world';
import { decodeBatchHeader } from '../../batch/batch-header.ts';
import type { Offset } from '../partition.ts';
import type { SegmentSummary } from '../segment-index.ts';
import { BatchFileWriter, type NewBatchFile, type WrittenBatchFile } from '../segments/batch-file-writer.ts';
import type { ListedBatch, SegmentSource } from '../segments/segment-source.ts';
import type { BatchCleaner } from './clean-batch.ts';
import type { Pace } from './pace.ts';

export type SegmentToClean = { readonly summary: SegmentSummary; readonly source: SegmentSource };

export type CleanedGroup = WrittenBatchFile & {
  readonly readBytes: number;
  readonly horizonMs: number | undefined;
  /** Offsets of markers whose transactions have nothing left. */
  readonly ended: ReadonlySet<Offset>;
};

/** What cannot be compacted, since some of it would be lost by it. */
export class DamagedSegmentError extends Error {
  constructor(segment: number, position: number) {
    super(`segment ${segment} is damaged at ${position}: it is not compacted`);
    this.name = 'DamagedSegmentError';
  }
}

/** Rejects with what reading and writing reject with, and DamagedSegmentError; nothing is left of the file then. */
export async function cleanGroup(
  segments: readonly SegmentToClean[],
  options: {
    readonly disk: Disk;
    readonly file: NewBatchFile;
    readonly cleaner: BatchCleaner;
    readonly pace: Pace;
    /** Nothing follows: its last batch stays, so that what comes next is found. */
    readonly isLast: boolean;
  },
): Promise<CleanedGroup> {
  const { disk, file } = options;
  const writer = await BatchFileWriter.create(disk, file);
  try {
    return await fill(writer, segments, options);
  } catch (error) {
    await writer.abandon().catch(() => {});
    throw error;
  }
}

async function fill(
  writer: BatchFileWriter,
  segments: readonly SegmentToClean[],
  options: { readonly cleaner: BatchCleaner; readonly pace: Pace; readonly isLast: boolean },
): Promise<CleanedGroup> {
  const { cleaner, pace } = options;
  const last = segments.at(-1)!;
  const ended = new Set<Offset>();
  let readBytes = 0;
  let horizonMs: number | undefined;
  for (const { source, summary } of segments) {
    for await (const { payload, position, lengthBytes } of soundBatches(source)) {
      await pace.take(lengthBytes);
      readBytes += lengthBytes;
      const header = decodeBatchHeader(payload);
      const isLast = options.isLast && source === last.source && position + lengthBytes >= summary.coveredTo;
      const cleaned = await cleaner.clean({ header, bytes: payload }, { isLast });
      if (cleaned.endsNothing) ended.add(header.baseOffset);
      if (cleaned.horizonMs !== undefined)
        horizonMs = Math.min(horizonMs ?? Number.POSITIVE_INFINITY, cleaned.horizonMs);
      if (cleaned.bytes === undefined) continue;
      await pace.take(cleaned.bytes.length);
      await writer.add(cleaned.bytes);
    }
  }
  const written = await writer.finish(last.summary.endOffset);
  return { ...written, readBytes, horizonMs, ended };
}

/** Throws DamagedSegmentError. */
export async function* soundBatches(
  source: SegmentSource,
): AsyncGenerator<ListedBatch & { readonly kind: 'batch' }, void, undefined> {
  for await (const found of source.list()) {
    if (found.kind === 'damage') throw new DamagedSegmentError(source.segment, found.position);
    yield found;
  }
}

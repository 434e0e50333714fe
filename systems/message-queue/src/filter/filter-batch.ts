// A batch without the records that a group does not want. What of it is left is rebuilt: the same offsets, producer and
// compression, and another checksum. A batch of which all is wanted stays as it is, byte for byte; so do
//
// | batch | why |
// | --- | --- |
// | a control batch | it ends a transaction for its reader, who needs it whatever is left of the transaction |
// | whose records cannot be read | who gets too much can look for itself; who gets too little never knows |
// | that is over `filteredUnpackedBytesMax`, unpacked | memory and time are bounded |

import type { BatchHeader } from '../batch/batch-header.ts';
import { unpackedRecords } from '../batch/compression.ts';
import { keyedRecords } from '../batch/keyed-records.ts';
import { InvalidRecordsError } from '../batch/records.ts';
import { filteredUnpackedBytesMax } from '../limits.ts';
import { rebuildBatch } from '../partition/compaction/rebuild-batch.ts';
import type { FilterWork } from './filter-work.ts';
import type { TagFilter } from './tag-filter.ts';
import { isWanted, tagsOfRecord } from './tags.ts';

export type FilterBatchOptions = {
  readonly filter: TagFilter;
  /** Records below it are not wanted. */
  readonly fromOffset: number;
  readonly work: FilterWork;
};

export type FilteredBatch = {
  /** Undefined when nothing is left. */
  readonly bytes: Uint8Array | undefined;
  /** Of what was looked at, unpacked. */
  readonly lookedAtBytes: number;
};

export async function filterBatch(
  { header, bytes }: { readonly header: BatchHeader; readonly bytes: Uint8Array },
  options: FilterBatchOptions,
): Promise<FilteredBatch> {
  if (header.isControl) return { bytes, lookedAtBytes: bytes.length };
  if (header.recordCount === 0) return { bytes: undefined, lookedAtBytes: bytes.length };
  const filtering = () => filterReadable(header, bytes, options);
  try {
    return await (header.compression === 'none' ? filtering() : options.work.alone(filtering));
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    return { bytes, lookedAtBytes: bytes.length };
  }
}

async function filterReadable(
  header: BatchHeader,
  bytes: Uint8Array,
  options: FilterBatchOptions,
): Promise<FilteredBatch> {
  const { work } = options;
  const unpacked = await unpackedRecords(header, bytes, filteredUnpackedBytesMax);
  const { kept, count, unwanted } = await choose(header, unpacked, options);
  const lookedAtBytes = unpacked.length;
  work.dropped(unwanted);
  if (count === 0) return { bytes: undefined, lookedAtBytes };
  if (count === header.recordCount) return { bytes, lookedAtBytes };
  const packedHeader = { ...header, compression: header.compression ?? 'none' };
  const rebuilt = { header: packedHeader, unpacked, kept, horizonMs: undefined };
  return { bytes: await rebuildBatch(rebuilt, work), lookedAtBytes };
}

async function choose(
  header: BatchHeader,
  unpacked: Uint8Array,
  { filter, fromOffset, work }: FilterBatchOptions,
) {
  requireRoom(header, unpacked);
  const kept = new Uint8Array(header.recordCount);
  let [index, count, unwanted] = [0, 0, 0];
  for (const record of keyedRecords(header, unpacked)) {
    const pause = work.pause();
    if (pause !== undefined) await pause;
    const isKept = record.offset >= fromOffset && isWanted(tagsOfRecord(record, unpacked), filter);
    if (isKept) {
      kept[index] = 1;
      count += 1;
    } else if (record.offset >= fromOffset) unwanted += 1;
    index += 1;
  }
  return { kept, count, unwanted };
}

/** A number alone gets no memory. */
function requireRoom({ recordCount }: BatchHeader, { length }: Uint8Array): void {
  if (length > filteredUnpackedBytesMax)
    throw new InvalidRecordsError(`they are over ${filteredUnpackedBytesMax} bytes`);
  if (recordCount < 0 || recordCount > length)
    throw new InvalidRecordsError(`${recordCount} records in ${length} bytes`);
}

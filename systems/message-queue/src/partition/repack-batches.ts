// `compression.type` of a topic: batches that were packed otherwise are packed as it says when they come. Only their records'
// packing and their checksum change, so a retry of an idempotent producer is known for what it is. Topics that leave it to their
// producers, as by default, never come here.

import { type Compression, encodeBatch } from '../batch/batch-header.ts';
import { packedRecords, withUnpackedRecords } from '../batch/compression.ts';
import { InvalidRecordsError } from '../batch/records.ts';
import type { IncomingBatch } from './incoming-batches.ts';
import { PartitionError } from './partition.ts';

/** Whether a batch has to be packed anew; a batch without records is packed by nobody. */
export function isPackedOtherwise({ header }: IncomingBatch, compression: Compression): boolean {
  return header.compression !== compression && header.recordCount > 0;
}

/** Rejects with PartitionError INVALID_RECORD, MESSAGE_TOO_LARGE. */
export async function repackBatches(
  batches: readonly IncomingBatch[],
  options: { readonly compression: Compression; readonly batchBytesMax: number },
): Promise<readonly IncomingBatch[]> {
  const packed: IncomingBatch[] = [];
  for (const batch of batches)
    packed.push(isPackedOtherwise(batch, options.compression) ? await repack(batch, options) : batch);
  return packed;
}

async function repack(
  { header, bytes: before }: IncomingBatch,
  { compression, batchBytesMax }: { readonly compression: Compression; readonly batchBytesMax: number },
): Promise<IncomingBatch> {
  const packed = { ...header, compression };
  const bytes = await withUnpackedRecords(header, before, async (records) =>
    encodeBatch(packed, await packedRecords(compression, records)),
  ).catch((cause: unknown) => {
    if (!(cause instanceof InvalidRecordsError)) throw cause;
    throw new PartitionError('INVALID_RECORD', cause.message, { cause });
  });
  if (bytes.length > batchBytesMax)
    throw new PartitionError(
      'MESSAGE_TOO_LARGE',
      `a batch of ${bytes.length} bytes with compression ${compression}, ${batchBytesMax} are allowed`,
    );
  return { header: packed, bytes };
}

// Batches as a producer sends them: cut apart and held against their headers, their checksums and the topic's bounds. A
// batch that passes is stored as it is; its records are not looked into.

import {
  type BatchHeader,
  batchLengthAt,
  batchMagic,
  decodeBatchHeader,
  isChecksumRight,
  magicOf,
} from '../batch/batch-header.ts';
import { batchHeaderBytes, recordBytesMin, unpackedBytesMax } from '../limits.ts';
import { PartitionError } from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';

export type IncomingBatch = { readonly header: BatchHeader; readonly bytes: Uint8Array };

/** Throws PartitionError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP, UNSUPPORTED_... */
export function incomingBatches(
  records: Uint8Array,
  { config, nowMs }: { config: PartitionConfig; nowMs: number },
): readonly IncomingBatch[] {
  const batches = cutApart(records).map((bytes) => {
    const header = checkedHeader(bytes, config);
    checkTimestamp(header, { config, nowMs });
    return { header, bytes };
  });
  if (batches.length === 0) throw new PartitionError('INVALID_RECORD', 'there is no batch');
  return batches;
}

/** Batches that the broker made. */
export function ownBatches(records: Uint8Array): readonly IncomingBatch[] {
  return cutApart(records).map((bytes) => ({ header: decodeBatchHeader(bytes), bytes }));
}

/**
 * Of a request without a transactional id. Nobody would ever end its transaction: who writes with the id is held against the
 * coordinator before. Throws PartitionError.
 */
export function requireNoTransaction(batches: readonly IncomingBatch[]): void {
  if (!batches.some(({ header }) => header.isTransactional)) return;
  const detail = 'a batch of a transaction in a request without a transactional id';
  throw new PartitionError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', detail);
}

function cutApart(records: Uint8Array): readonly Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let at = 0; at < records.length; ) {
    const lengthBytes = batchLengthAt(records, at);
    if (lengthBytes === undefined || lengthBytes < batchHeaderBytes || at + lengthBytes > records.length) {
      throw new PartitionError(
        'CORRUPT_MESSAGE',
        `a batch of ${lengthBytes ?? '?'} bytes in ${records.length - at}`,
      );
    }
    batches.push(records.subarray(at, at + lengthBytes));
    at += lengthBytes;
  }
  return batches;
}

function checkedHeader(bytes: Uint8Array, config: PartitionConfig): BatchHeader {
  if (bytes.length > config.batchBytesMax) {
    throw new PartitionError(
      'MESSAGE_TOO_LARGE',
      `a batch of ${bytes.length} bytes, ${config.batchBytesMax} are allowed`,
    );
  }
  if (magicOf(bytes) !== batchMagic) {
    throw new PartitionError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `format ${magicOf(bytes)} of batches`);
  }
  if (!isChecksumRight(bytes))
    throw new PartitionError('CORRUPT_MESSAGE', 'the checksum of a batch is wrong');
  const header = decodeBatchHeader(bytes);
  if (header.compression === undefined) {
    throw new PartitionError('UNSUPPORTED_COMPRESSION_TYPE', 'the batch has a compression that nobody knows');
  }
  if (header.isControl) throw new PartitionError('INVALID_RECORD', 'clients write no control batches');
  if (header.hasDeleteHorizon)
    throw new PartitionError('INVALID_RECORD', 'when tombstones go is said by the broker');
  if (header.recordCount < 1 || header.lastOffsetDelta !== header.recordCount - 1) {
    throw new PartitionError(
      'INVALID_RECORD',
      `${header.recordCount} records up to offset ${header.lastOffsetDelta}`,
    );
  }
  const recordsBytesMax = header.compression === 'none' ? bytes.length - batchHeaderBytes : unpackedBytesMax;
  if (header.recordCount * recordBytesMin > recordsBytesMax)
    throw new PartitionError('INVALID_RECORD', `${header.recordCount} records in ${bytes.length} bytes`);
  if (header.producerId >= 0 && (header.producerEpoch < 0 || header.baseSequence < 0)) {
    throw new PartitionError('INVALID_RECORD', 'a producer id without an epoch or a sequence');
  }
  if (header.isTransactional && header.producerId < 0) {
    throw new PartitionError('INVALID_RECORD', 'a transaction without a producer id');
  }
  const { producerId, baseTimestampMs, maxTimestampMs } = header;
  // Nobody was given such an id, and no clock shows such a time: they would not come back as they are from where they are kept.
  if (![producerId, baseTimestampMs, maxTimestampMs].every(Number.isSafeInteger))
    throw new PartitionError('INVALID_RECORD', 'a producer id or timestamp beyond 53 bits');
  return header;
}

function checkTimestamp(
  header: BatchHeader,
  { config, nowMs }: { config: PartitionConfig; nowMs: number },
): void {
  if (header.isLogAppendTime)
    throw new PartitionError('INVALID_TIMESTAMP', 'that a timestamp is the broker’s is said by the broker');
  if (config.timestampType === 'LogAppendTime') return;
  const { maxTimestampMs, baseTimestampMs } = header;
  const isTooOld = baseTimestampMs >= 0 && nowMs - baseTimestampMs > config.timestampBeforeMsMax;
  if (isTooOld || maxTimestampMs - nowMs > config.timestampAfterMsMax) {
    throw new PartitionError(
      'INVALID_TIMESTAMP',
      `timestamps ${baseTimestampMs} to ${maxTimestampMs}, it is ${nowMs}`,
    );
  }
}

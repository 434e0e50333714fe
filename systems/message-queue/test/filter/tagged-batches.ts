// Batches whose records have tags, and topics full of them, with short names for tests.

import { type Compression, encodeBatch, type NewBatchHeader } from '../../src/batch/batch-header.ts';
import { packedRecords } from '../../src/batch/compression.ts';
import { encodeRecords } from '../../src/batch/records.ts';

export type Tagged = {
  readonly value: string;
  /** Undefined: it has no header for them. */
  readonly tags?: string | undefined;
  /** Of others. */
  readonly headers?: number;
};

export async function taggedBatch(
  records: readonly Tagged[],
  options: Partial<NewBatchHeader> & { readonly compression?: Compression } = {},
): Promise<Buffer> {
  const timestampMs = 1_000;
  const { compression = 'none' } = options;
  const encoded = encodeRecords(
    records.map(({ value, tags, headers = 1 }) => ({
      ...{ timestampMs, key: Buffer.from('key'), value: Buffer.from(value) },
      headers: [
        ...Array.from({ length: headers }, () => ({ key: 'trace', value: Buffer.from('1') })),
        ...(tags === undefined ? [] : [{ key: 'cairn-tags', value: Buffer.from(tags) }]),
      ],
    })),
    timestampMs,
  );
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, isLogAppendTime: false, isTransactional: false },
      ...{ isControl: false, baseTimestampMs: timestampMs, maxTimestampMs: timestampMs },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: records.length - 1, recordCount: records.length },
      ...options,
      compression,
    },
    await packedRecords(compression, encoded),
  );
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordsBatch } from '@platformatic/kafka';
import { fetchedRecords } from './fetched-records.ts';

const place = { topic: 't', partition: 0, offset: 0 };
const [transactional, control, appendTime] = [0b1_0000, 0b11_0000, 0b1000];

function batch(
  firstOffset: number,
  values: readonly string[],
  more: Partial<RecordsBatch> = {},
): RecordsBatch {
  const records = values.map((value, offsetDelta) => ({
    ...{ length: 0, attributes: 0, timestampDelta: BigInt(offsetDelta), offsetDelta },
    ...{ key: null, value: Buffer.from(value), headers: [] },
  }));
  return {
    ...{
      firstOffset: BigInt(firstOffset),
      length: 0,
      partitionLeaderEpoch: 0,
      magic: 2,
      crc: 0,
      attributes: 0,
    },
    ...{ lastOffsetDelta: values.length - 1, firstTimestamp: 100n, maxTimestamp: 200n },
    ...{ producerId: -1n, producerEpoch: 0, firstSequence: 0, records },
    ...more,
  } as RecordsBatch;
}

const values = (fetched: Parameters<typeof fetchedRecords>[0], offset = 0) =>
  fetchedRecords(fetched, { ...place, offset }).records.map(({ value }) => String(value));

test('records before the wanted offset are left out, and times are those of their batch', () => {
  const found = fetchedRecords({ records: [batch(4, ['a', 'b', 'c'])] }, { ...place, offset: 5 });
  assert.deepEqual(
    found.records.map(({ offset, timestampMs }) => [offset, timestampMs]),
    [
      [5, 101],
      [6, 102],
    ],
  );
  assert.equal(found.nextOffset, 7);
  const stamped = fetchedRecords({ records: [batch(0, ['a'], { attributes: appendTime })] }, place);
  assert.equal(stamped.records[0]!.timestampMs, 200);
});

test('of a producer that aborted twice both transactions are left out, also without their markers', () => {
  const of = (producerId: bigint, attributes = transactional) => ({ producerId, attributes });
  const records = [
    batch(0, ['aborted 1'], of(7n)),
    batch(1, ['marker'], of(7n, control)),
    batch(2, ['kept'], of(7n)),
    batch(3, ['marker'], of(7n, control)),
    batch(4, ['aborted 2'], of(7n)),
    batch(5, ['other'], of(8n)),
    batch(6, ['plain']),
  ];
  const abortedTransactions = [
    { producerId: 7n, firstOffset: 4n },
    { producerId: 7n, firstOffset: 0n },
  ];
  assert.deepEqual(values({ records, abortedTransactions }), ['kept', 'other', 'plain']);
  assert.deepEqual(values({ records }), ['aborted 1', 'kept', 'aborted 2', 'other', 'plain']);
  assert.equal(fetchedRecords({ records, abortedTransactions }, place).nextOffset, 7);
});

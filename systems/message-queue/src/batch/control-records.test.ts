import assert from 'node:assert/strict';
import test from 'node:test';
import { batchHeaderBytes } from '../limits.ts';
import { decodeBatchHeader, isChecksumRight } from './batch-header.ts';
import { decodeMarker, encodeMarker } from './control-records.ts';
import { decodeRecords } from './records.ts';

const marker = { producerId: 2 ** 40, producerEpoch: 7, coordinatorEpoch: 3 };

test('a marker is a transactional control batch of one record, in Kafka’s layout', () => {
  for (const commit of [false, true]) {
    const batch = encodeMarker({ ...marker, commit }, 1_000);
    const header = decodeBatchHeader(batch);
    assert.ok(isChecksumRight(batch) && header.isControl && header.isTransactional);
    assert.deepEqual(
      [header.producerId, header.producerEpoch, header.baseSequence, header.recordCount],
      [2 ** 40, 7, -1, 1],
    );
    const [record] = decodeRecords(header, batch.subarray(batchHeaderBytes));
    assert.equal(Buffer.from(record!.key!).toString('hex'), commit ? '00000001' : '00000000');
    assert.equal(Buffer.from(record!.value!).toString('hex'), '000000000003');
    assert.deepEqual(decodeMarker(record!), { commit, coordinatorEpoch: 3 });
  }
});

test('control records of other kinds, and what is too short, are no markers', () => {
  const value = Buffer.alloc(6);
  assert.equal(decodeMarker({ key: Buffer.from([0, 0, 0, 2]), value }), undefined);
  assert.equal(decodeMarker({ key: Buffer.from([0, 0, 0]), value }), undefined);
  assert.equal(decodeMarker({ key: Buffer.from([0, 0, 0, 1]), value: Buffer.alloc(5) }), undefined);
  assert.equal(decodeMarker({ key: null, value }), undefined);
  assert.equal(decodeMarker({ key: Buffer.from([0, 0, 0, 1]), value: null }), undefined);
});

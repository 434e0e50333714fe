import assert from 'node:assert/strict';
import test from 'node:test';
import { capturedBatch } from '../../test/batch/captured-batches.ts';
import { batchHeaderBytes } from '../limits.ts';
import { decodeBatchHeader } from './batch-header.ts';
import { decodeRecords, encodeRecords, InvalidRecordsError, varint } from './records.ts';

const batch = capturedBatch('none');
const header = decodeBatchHeader(batch);
const bytes = batch.subarray(batchHeaderBytes);
const text = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString());

test('the records of a real client are read as it meant them', () => {
  const records = [...decodeRecords({ ...header, baseOffset: 70 }, bytes)];
  const seen = records.map(({ offset, key, value, headers, timestampMs }) => ({
    ...{ offset, timestampMs, key: text(key), value: text(value) },
    headers: headers.map((each) => [each.key, text(each.value)]),
  }));
  const common = {
    timestampMs: header.baseTimestampMs,
    value: 'blue '.repeat(12),
    headers: [
      ['shop', 'north'],
      ['none', null],
    ],
  };
  assert.deepEqual(seen, [
    { offset: 70, key: 'k1', ...common },
    { offset: 71, key: 'k2', ...common },
  ]);
  assert.deepEqual(Buffer.concat(records.map((record) => record.bytes)), bytes);
});

test('encoding what was decoded gives the bytes of the real client', () => {
  assert.deepEqual(encodeRecords([...decodeRecords(header, bytes)], header.baseTimestampMs), bytes);
});

test('with the broker’s time each record has the largest timestamp of the batch', () => {
  const records = decodeRecords({ ...header, isLogAppendTime: true, maxTimestampMs: 5 }, bytes);
  assert.deepEqual(
    [...records].map(({ timestampMs }) => timestampMs),
    [5, 5],
  );
});

test('numbers are zigzag varints, as the specification’s examples', () => {
  const known = {
    0: '00',
    1: '02',
    63: '7e',
    64: '8001',
    8191: 'fe7f',
    8192: '808001',
    2147483647: 'feffffff0f',
  };
  for (const [number, hexadecimal] of Object.entries(known))
    assert.equal(varint(Number(number)).toString('hex'), hexadecimal);
  assert.deepEqual(
    [-1, -64, -65, -2147483648].map((number) => varint(number).toString('hex')),
    ['01', '7f', '8101', 'ffffffff0f'],
  );
});

test('null and empty keys, values and headers stay apart, and times before the base come back', () => {
  const empty = Buffer.alloc(0);
  const records = [
    { timestampMs: 10, key: null, value: empty, headers: [] },
    { timestampMs: -5, key: empty, value: null, headers: [{ key: '', value: empty }] },
  ];
  const decoded = decodeRecords({ ...header, baseTimestampMs: 10 }, encodeRecords(records, 10));
  assert.deepEqual(
    [...decoded].map(({ timestampMs, key, value, headers }) => ({
      ...{ timestampMs, key: text(key), value: text(value) },
      headers: headers.map((each) => [each.key, text(each.value)]),
    })),
    [
      { timestampMs: 10, key: null, value: '', headers: [] },
      { timestampMs: -5, key: '', value: null, headers: [['', '']] },
    ],
  );
});

test('what is cut off anywhere, counted wrong or followed by something is refused', () => {
  const refused = (damaged: Uint8Array, recordCount = 2) =>
    assert.throws(() => [...decodeRecords({ ...header, recordCount }, damaged)], InvalidRecordsError);
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length));
  refused(bytes, 1);
  refused(bytes, 3);
  refused(Buffer.concat([bytes, Buffer.from([0])]));
});

test('any changed byte is refused or read: it is never another kind of error, nor endless', () => {
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = value;
      try {
        assert.ok([...decodeRecords(header, damaged)].length <= 2);
      } catch (error) {
        assert.ok(error instanceof InvalidRecordsError, `byte ${at}: ${error}`);
      }
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordPayloadBytesMax } from '../limits.ts';
import { decodeRecordHeader, encodeRecordHeader, type RecordHeader, recordSeed } from './record-header.ts';

const logId = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const seed = recordSeed(logId, 7);
// Made by a program that shares no code with this one, from the layout in record-header.ts alone.
const goldenData = Buffer.from('f543524e010000000c000000e7c2de36ab896745230100004000000070345f51', 'hex');
const goldenMark = Buffer.from('f543524e010100000000000000000000d7896745230100006c0000007c0e3384', 'hex');

const dataHeader: RecordHeader = {
  kind: 'data',
  payloadLength: 12,
  payloadChecksum: 0x36dec2e7,
  sequence: 0x123456789ab,
  durable: 64,
};
const markHeader: RecordHeader = {
  kind: 'mark',
  payloadLength: 0,
  payloadChecksum: 0,
  sequence: 0x123456789ab + 44,
  durable: 108,
};

function encoded(header: RecordHeader, position: number): Buffer {
  const bytes = Buffer.alloc(32, 0xaa);
  encodeRecordHeader(bytes, header, { seed, position });
  return bytes;
}

test('a record header is encoded to the bytes of format version 1', () => {
  assert.equal(seed, 0x34bfd486);
  assert.equal(encoded(dataHeader, 64).toString('hex'), goldenData.toString('hex'));
  assert.equal(encoded(markHeader, 108).toString('hex'), goldenMark.toString('hex'));
});

test('the bytes of format version 1 are decoded to their header', () => {
  assert.deepEqual(decodeRecordHeader(goldenData, { seed, position: 64 }), {
    kind: 'sound',
    header: dataHeader,
  });
  assert.deepEqual(decodeRecordHeader(goldenMark, { seed, position: 108 }), {
    kind: 'sound',
    header: markHeader,
  });
});

test('a flip of any bit of a record header is noticed', () => {
  for (let bit = 0; bit < goldenData.length * 8; bit += 1) {
    const bytes = Buffer.from(goldenData);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeRecordHeader(bytes, { seed, position: 64 }).kind, 'damaged', `bit ${bit}`);
  }
});

test('a record header at another position, in another segment or of another log is not sound', () => {
  const otherLog = recordSeed(Buffer.alloc(16, 1), 7);
  assert.equal(decodeRecordHeader(goldenData, { seed, position: 65 }).kind, 'damaged');
  assert.equal(decodeRecordHeader(goldenData, { seed: recordSeed(logId, 8), position: 64 }).kind, 'damaged');
  assert.equal(decodeRecordHeader(goldenData, { seed: otherLog, position: 64 }).kind, 'damaged');
});

test('a record header that is cut short is damaged', () => {
  for (let length = 0; length < 32; length += 1) {
    assert.equal(decodeRecordHeader(goldenData.subarray(0, length), { seed, position: 64 }).kind, 'damaged');
  }
});

test('a length that no record can have is damaged, even under a right checksum', () => {
  const bytes = encoded({ ...dataHeader, payloadLength: recordPayloadBytesMax + 1 }, 64);
  assert.equal(decodeRecordHeader(bytes, { seed, position: 64 }).kind, 'damaged');
});

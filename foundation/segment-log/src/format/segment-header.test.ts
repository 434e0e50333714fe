import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '@cairn/hashing';
import { decodeSegmentHeader, encodeSegmentHeader } from './segment-header.ts';

const header = {
  logId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  segment: 7,
  firstSequence: 0x123456789ab,
};
// Made by a program that shares no code with this one, from the layout in segment-header.ts alone.
const golden = Buffer.from(
  '434149524e53454701000000000102030405060708090a0b0c0d0e0f0700000000000000' +
    'ab896745230100000000000000000000000000000000000058087227',
  'hex',
);

test('a segment header is encoded to the bytes of format version 1, and decoded from them', () => {
  assert.equal(encodeSegmentHeader(header).toString('hex'), golden.toString('hex'));
  assert.deepEqual(decodeSegmentHeader(golden, 7), { kind: 'sound', header });
});

test('a flip of any bit of a segment header is noticed', () => {
  for (let bit = 0; bit < golden.length * 8; bit += 1) {
    const bytes = Buffer.from(golden);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeSegmentHeader(bytes, 7).kind, 'damaged', `bit ${bit}`);
  }
});

test('a segment header under the name of another segment is damaged', () => {
  assert.deepEqual(decodeSegmentHeader(golden, 8), {
    kind: 'damaged',
    detail: 'its header is that of segment 7',
  });
});

test('a segment header of a newer version is told from a damaged one', () => {
  const bytes = Buffer.from(golden);
  bytes.writeUInt16LE(2, 8);
  assert.equal(decodeSegmentHeader(bytes, 7).kind, 'damaged');
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 60)), 60);
  assert.deepEqual(decodeSegmentHeader(bytes, 7), { kind: 'newer', version: 2 });
});

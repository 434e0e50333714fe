import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBlockHeader, encodeBlockHeader } from './block.ts';

const blob = '0198c0ffee0102030405060708090a0b';

test('a block header is 32 little-endian bytes', () => {
  const bytes = encodeBlockHeader({ kind: 'end', index: 80_000, sizeBytes: 5_242_880_001, blob });
  assert.equal(bytes.toString('hex'), `01020000803801000100803801000000${blob}`);
});

test('nothing of what lay in its memory before is left in a header', () => {
  const { buffer, byteOffset } = Buffer.allocUnsafe(8);
  new Uint8Array(buffer, byteOffset + 8).fill(255);
  assert.equal(
    encodeBlockHeader({ kind: 'whole', index: 0, sizeBytes: 1, blob }).toString('hex'),
    `01030000000000000100000000000000${blob}`,
  );
});

test('every kind of header comes back as it was', () => {
  for (const kind of ['block', 'end', 'whole'] as const) {
    const header = { kind, index: 7, sizeBytes: 5 * 2 ** 40, blob };
    assert.deepEqual(decodeBlockHeader(encodeBlockHeader(header)), header);
  }
});

test('what is no header of this format is not taken for one', () => {
  const bytes = encodeBlockHeader({ kind: 'whole', index: 0, sizeBytes: 3, blob });
  assert.equal(decodeBlockHeader(bytes.subarray(0, 31)), undefined);
  assert.equal(decodeBlockHeader(Buffer.concat([Buffer.from([2]), bytes.subarray(1)])), undefined);
  assert.equal(
    decodeBlockHeader(Buffer.concat([bytes.subarray(0, 1), Buffer.from([9]), bytes.subarray(2)])),
    undefined,
  );
});

test('an id that is not 16 bytes of hex is refused', () => {
  assert.throws(() => encodeBlockHeader({ kind: 'whole', index: 0, sizeBytes: 3, blob: 'abc' }), /16 bytes/);
});

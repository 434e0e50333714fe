import assert from 'node:assert/strict';
import test from 'node:test';
import {
  appendRun,
  blockCount,
  blockSize,
  decodeRuns,
  encodeRuns,
  piecesBytesMax,
  piecesOf,
  type Run,
} from './runs.ts';

const stride = 65_600;

test('blocks that follow each other in a segment are one run', () => {
  const runs: Run[] = [];
  appendRun(runs, { segment: 1, position: 64, blocks: 4 });
  appendRun(runs, { segment: 1, position: 64 + 4 * stride, blocks: 2 });
  assert.deepEqual(runs, [{ segment: 1, position: 64, blocks: 6 }]);
});

test('a gap or another segment starts a new run', () => {
  const runs: Run[] = [];
  appendRun(runs, { segment: 1, position: 64, blocks: 1 });
  appendRun(runs, { segment: 1, position: 64 + 2 * stride, blocks: 1 });
  appendRun(runs, { segment: 2, position: 64 + 3 * stride, blocks: 1 });
  assert.equal(runs.length, 3);
});

test('runs come back as they were written, with positions past four gigabytes', () => {
  const runs = [
    { segment: 1, position: 64, blocks: 3 },
    { segment: 2 ** 40, position: 2 ** 41 + 5, blocks: 2 ** 32 - 1 },
  ];
  assert.deepEqual(decodeRuns(encodeRuns(runs)), runs);
  assert.equal(encodeRuns([runs[0]!]).toString('hex'), '01000000000040000000000003000000');
});

test('a blob has at least one block, and only its last one is short', () => {
  assert.equal(blockCount(0), 1);
  assert.equal(blockCount(65_536), 1);
  assert.equal(blockCount(65_537), 2);
  assert.equal(blockSize(0, 65_537), 65_536);
  assert.equal(blockSize(1, 65_537), 1);
});

test('pieces cover the wanted blocks once, in order, within one run each', () => {
  const runs = [
    { segment: 1, position: 64, blocks: 5 },
    { segment: 1, position: 10_000_000, blocks: 2 },
  ];
  const sizeBytes = 6 * 65_536 + 10;
  const pieces = [...piecesOf(runs, { sizeBytes, first: 1, last: 6, blocksMax: 3 })];
  assert.deepEqual(pieces, [
    { location: { segment: 1, position: 64 + stride }, firstBlock: 1, count: 3, lengthBytes: 3 * stride },
    { location: { segment: 1, position: 64 + 4 * stride }, firstBlock: 4, count: 1, lengthBytes: stride },
    {
      location: { segment: 1, position: 10_000_000 },
      firstBlock: 5,
      count: 2,
      lengthBytes: stride + 64 + 10,
    },
  ]);
});

test('a small last block goes along with the blocks before it, and no other', () => {
  const runs = [{ segment: 1, position: 64, blocks: 9 }];
  const counts = (lastBytes: number, { last = 8, blocksMax = 4 } = {}) => {
    const sizeBytes = 8 * 65_536 + lastBytes;
    const pieces = [...piecesOf(runs, { sizeBytes, first: 0, last, blocksMax, tailBytesMax: 100 })];
    assert.equal(pieces.at(-1)!.lengthBytes % stride, last === 8 ? lastBytes + 64 : 0);
    return pieces.map(({ count }) => count);
  };
  assert.deepEqual(counts(100), [4, 5]);
  assert.deepEqual(counts(101), [4, 4, 1]);
  assert.deepEqual(counts(100, { last: 4 }), [4, 1], 'a full block is no small one');
  assert.deepEqual(counts(100, { blocksMax: 5 }), [5, 4]);
  assert.equal(piecesBytesMax(4, { tailBytesMax: 100 }), 4 * stride + 64 + 100);
});

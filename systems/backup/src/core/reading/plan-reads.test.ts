import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { gapBytesMax, planReads, readBytesMax, type WantedChunk } from './plan-reads.ts';

function chunkAt(packId: string, offset: number, storedBytes: number): WantedChunk {
  const fingerprint = new Uint8Array(32);
  const pack = { packId, packType: 'data', packEpoch: 1, packSalt: new Uint8Array(32) } as const;
  return {
    fingerprint,
    location: { ...pack, ordinal: 0, offset, storedBytes, rawBytes: storedBytes, compressed: false },
  };
}

test('neighbours of a pack are one read, in whatever order they are wanted', () => {
  const [a, b, c] = [
    chunkAt('p', 48, 100),
    chunkAt('p', 148, 50),
    chunkAt('p', 198 + gapBytesMax, 10),
  ] as const;
  assert.deepEqual(planReads([c!, a!, b!]), [
    { packId: 'p', start: 48, length: 160 + gapBytesMax, chunks: [a, b, c] },
  ]);
});

test('a gap that is too wide, another pack and a read that is too long begin another', () => {
  const chunks = [
    chunkAt('p', 48, 100),
    chunkAt('p', 149 + gapBytesMax, 10),
    chunkAt('q', 48, readBytesMax - 10),
    chunkAt('q', 48 + readBytesMax - 10, 11),
  ];
  assert.equal(planReads(chunks).length, 4);
  assert.deepEqual(planReads([]), []);
});

test('every chunk is in one read, within it, and no read is longer than it may be', () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 200; round++) {
    const chunks = Array.from({ length: random.integer(60) }, () =>
      chunkAt(`${random.integer(3)}`, random.integer(20_000_000), 1 + random.integer(3_000_000)),
    );
    const reads = planReads(chunks);
    assert.equal(new Set(reads.flatMap((read) => read.chunks)).size, chunks.length);
    for (const { packId, start, length, chunks: inside } of reads) {
      assert(length <= readBytesMax || inside.length === 1);
      for (const { location } of inside) {
        assert.equal(location.packId, packId);
        assert(location.offset >= start && location.offset + location.storedBytes <= start + length);
      }
    }
  }
});

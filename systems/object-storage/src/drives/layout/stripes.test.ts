import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeTrailer, encodeTrailer, Stripes, trailerBytes, unitBytesMax } from './stripes.ts';

const scheme = { dataShards: 4, parityShards: 2 };
const sizes = [1, 64, 255, 256, 257, 262_143, 262_144, 262_145, 1_000_000, 5 * 2 ** 40];

test('the units of data cover a blob once, in order', () => {
  for (const sizeBytes of sizes.slice(0, -1)) {
    const stripes = new Stripes(scheme, sizeBytes);
    let covered = 0;
    for (let stripe = 0; stripe < stripes.count; stripe++) {
      for (let index = 0; index < scheme.dataShards; index++) {
        const { start, length } = stripes.within({ start: 0, end: sizeBytes }, { stripe, index });
        if (length <= 0) continue;
        assert.equal(stripes.unitStart(stripe, index) + start, covered, `${sizeBytes}: ${stripe}/${index}`);
        covered += length;
      }
    }
    assert.equal(covered, sizeBytes);
  }
});

test('every unit but those of the last stripe is a block, and those are filled up to 64 bytes', () => {
  for (const sizeBytes of sizes) {
    const stripes = new Stripes(scheme, sizeBytes);
    const last = stripes.unitBytes(stripes.count - 1);
    assert.equal(last % 64, 0);
    assert(last > 0 && last <= unitBytesMax);
    assert.equal(stripes.shardBytes, (stripes.count - 1) * unitBytesMax + last);
  }
});

test('a trailer is read back, and nothing else is taken for one', () => {
  for (const sizeBytes of sizes) {
    const trailer = { ...scheme, index: 5, sizeBytes };
    const shardBytes = new Stripes(scheme, sizeBytes).shardBytes + trailerBytes;
    const bytes = encodeTrailer(trailer);
    assert.deepEqual(decodeTrailer(bytes, { scheme, shardBytes }), trailer);
    assert.equal(decodeTrailer(bytes, { scheme, shardBytes: shardBytes + 1 }), undefined);
    assert.equal(decodeTrailer(bytes.subarray(1), { scheme, shardBytes }), undefined);
    assert.equal(decodeTrailer(Buffer.alloc(0), { scheme, shardBytes }), undefined);
    const other = { ...scheme, parityShards: 3 };
    assert.equal(decodeTrailer(bytes, { scheme: other, shardBytes }), undefined);
    for (const [at, value] of [
      [0, 2],
      [3, 6],
      [4, 1],
      [15, 0xff],
    ] as const) {
      const changed = Buffer.from(bytes);
      changed[at] = value;
      assert.equal(decodeTrailer(changed, { scheme, shardBytes }), undefined, `byte ${at}`);
    }
  }
});

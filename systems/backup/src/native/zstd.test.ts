import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { seededRandom } from '../../test/seeded-random.ts';
import { directZstd, portableZstd, type Zstd } from './zstd.ts';
import { zstdLibrary } from './zstd-library.ts';

const ways: Readonly<Record<string, Zstd>> = {
  portable: portableZstd,
  ...(zstdLibrary === undefined ? {} : { direct: directZstd(zstdLibrary) }),
};
const text = Buffer.from('the same again and '.repeat(5_000));

for (const [name, zstd] of Object.entries(ways)) {
  test(`${name}: what was compressed is decompressed, at every level, from and to the middle of shared memory`, () => {
    for (const level of [-7, -1, 1, 3, 6, 19]) {
      const memory = new Uint8Array(new SharedArrayBuffer(3 * text.length)).fill(0x55);
      const source = memory.subarray(1, 1 + text.length);
      source.set(text);
      const room = memory.subarray(text.length + 7, 2 * text.length);
      const length = zstd.compress(source, room, level);
      assert(length !== undefined && length < text.length / 50, `level ${level}: ${length} bytes`);
      const content = memory.subarray(2 * text.length - 3, 3 * text.length - 3);
      assert.equal(zstd.decompress(room.subarray(0, length), content), text.length);
      assert.deepEqual(Buffer.from(content), text);
      assert.deepEqual([memory[0], memory[3 * text.length - 1]], [0x55, 0x55], 'nothing beside was written');
    }
  });

  test(`${name}: of more than 256 KiB levels 3 and 4 save what four equal bytes are`, (t) => {
    const random = seededRandom(t);
    const words = Array.from({ length: 2_000 }, () => random.bytes(4));
    const pieces = Array.from({ length: 80_000 }, () => [words[random.integer(2_000)]!, random.bytes(1)]);
    const source = Buffer.concat(pieces.flat());
    for (const level of [3, 4]) {
      const target = Buffer.alloc(source.length);
      const length = zstd.compress(source, target, level)!;
      const params = { [constants.ZSTD_c_compressionLevel]: level };
      assert(length < 0.9 * zstdCompressSync(source, { params }).length, `level ${level}: ${length} bytes`);
      assert(zstdDecompressSync(target.subarray(0, length)).equals(source));
      assert.equal(zstd.compress(source, target.subarray(0, length - 1), level), undefined);
    }
  });

  test(`${name}: a frame of any other implementation is read`, () => {
    const content = Buffer.alloc(text.length);
    assert.equal(zstd.decompress(zstdCompressSync(text), content), text.length);
    assert.deepEqual(content, text);
  });

  test(`${name}: nothing is compressed to a frame that holds nothing`, () => {
    const frame = Buffer.alloc(100);
    const length = zstd.compress(new Uint8Array(0), frame, 3);
    assert(length !== undefined && length > 0);
    assert.equal(zstd.decompress(frame.subarray(0, length), Buffer.alloc(10)), 0);
    assert.equal(zstd.decompress(frame.subarray(0, length), new Uint8Array(0)), 0);
  });

  test(`${name}: what does not fit is undefined, and the room around it is untouched`, (t) => {
    const noise = seededRandom(t).bytes(10_000);
    const target = Buffer.alloc(10_000, 0x77);
    assert.equal(zstd.compress(noise, target.subarray(0, 9_000), 3), undefined);
    assert(target.subarray(9_000).every((byte) => byte === 0x77));
    assert.equal(zstd.compress(text, new Uint8Array(0), 3), undefined);
    assert.equal(zstd.decompress(zstdCompressSync(text), Buffer.alloc(text.length - 1)), undefined);
  });

  test(`${name}: a frame that is cut short or altered is undefined or other bytes, never a crash`, (t) => {
    const random = seededRandom(t);
    const frame = zstdCompressSync(text);
    const content = Buffer.alloc(text.length);
    for (let length = 0; length < frame.length; length += 1)
      assert.equal(zstd.decompress(frame.subarray(0, length), content), undefined, `${length} bytes`);
    for (let round = 0; round < 2_000; round += 1) {
      const altered = Buffer.from(frame);
      altered[random.integer(altered.length)]! ^= 1 << random.integer(8);
      const length = zstd.decompress(altered, content);
      assert(length === undefined || length <= content.length);
    }
  });
}

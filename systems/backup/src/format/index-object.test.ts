import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzDecoder } from '../../test/fuzz-decoder.ts';
import { generatedPack } from '../../test/generated-packs.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { decodeIndexObject, encodeIndexObject, visitIndexObject } from './index-object.ts';

const damaged = { code: 'damaged' };
const hex = (text: string) => Buffer.from(text.replaceAll(/\s+/g, ''), 'hex');
const id = 'cd'.repeat(32);
const salt = '5a'.repeat(32);
const [first, second] = ['ab'.repeat(32), 'ef'.repeat(32)];

/** From DESIGN.md: a data pack of 1000 bytes, epoch 2, with a chunk of 300 raw bytes as zstd in 100, and one of 5 as it is. */
const byHand = `01 ${id} 01 02 ${salt} e807 02 ${first} ${second} ac02 c901 05 0a`;

test('an index object written by hand is read, its entries in the form of a footer', () => {
  const [pack, ...others] = decodeIndexObject(hex(byHand), 'index/ab');
  assert.deepEqual(pack, {
    id,
    type: 'data',
    epoch: 2,
    salt: Uint8Array.from(hex(salt)),
    sizeBytes: 1000,
    entryCount: 2,
    entries: hex(`${first} ac02 c901 ${second} 05 0a`),
  });
  assert.deepEqual(others, []);
  assert.deepEqual(encodeIndexObject([pack!]), hex(byHand));
});

test('a visitor gets the place of each fingerprint and the lengths of each chunk', () => {
  const seen: unknown[] = [];
  visitIndexObject(hex(byHand), 'index/ab', {
    pack: (pack) => seen.push(pack.id),
    chunk: (bytes, at, rawBytes, storedBytes, compressed) =>
      seen.push([
        Buffer.from(bytes.subarray(at, at + 32)).toString('hex'),
        rawBytes,
        storedBytes,
        compressed,
      ]),
  });
  assert.deepEqual(seen, [id, [first, 300, 100, true], [second, 5, 5, false]]);
});

test('any packs are read as they were written', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 50; round += 1) {
    const count = random.integer(6);
    const packs = Array.from({ length: count }, () => generatedPack(random, random.integer(40)));
    assert.deepEqual(decodeIndexObject(encodeIndexObject(packs), 'index/ab'), packs);
  }
});

test('megabytes of entries are written once: neither grown into nor copied', () => {
  const entryCount = 20_000;
  const entry = hex(`${first} ac02 c901`);
  const entries = new Uint8Array(Buffer.concat(Array.from({ length: entryCount }, () => entry)));
  const pack = {
    id,
    type: 'data',
    sizeBytes: 4_000_000,
    epoch: 2,
    salt: hex(salt),
    entries,
    entryCount,
  } as const;
  const payload = encodeIndexObject([pack, { ...pack, id: second }]);
  assert(payload.length > 2 * entries.length);
  assert(payload.buffer.byteLength < payload.length + 200, `${payload.buffer.byteLength} bytes`);
});

test('lengths that no writer makes are refused, so that a chunk never decompresses to more than it says', () => {
  const withLengths = (lengths: string) => hex(`01 ${id} 01 02 ${salt} e807 01 ${first} ${lengths}`);
  assert.equal(decodeIndexObject(withLengths('05 0a'), 'index/ab').length, 1);
  for (const [lengths, what] of [
    ['00 00', 'an empty chunk'],
    ['05 0c', 'stored raw, but longer'],
    ['05 08', 'stored raw, but shorter'],
    ['05 0b', 'compressed to as much'],
    ['05 01', 'compressed to nothing'],
    ['81808008 828080 10', 'longer than 16 MiB'],
  ] as const) {
    assert.throws(() => decodeIndexObject(withLengths(lengths), 'index/ab'), damaged, what);
  }
});

test('a type, a count or a size that cannot be is refused, with the object named', () => {
  const refuses = (text: string) => {
    assert.throws(() => decodeIndexObject(hex(text), 'index/ab'), { code: 'damaged', message: /index\/ab/ });
  };
  refuses(`01 ${id} 03 02 ${salt} e807 00`);
  refuses(`01 ${id} 01 808004 ${salt} e807 00`);
  refuses(`01 ${id} 01 02 ${salt} ffffffff0f 00`);
  refuses(`01 ${id} 01 02 ${salt} e807 ffffffffffffff0f`);
  refuses(`ffffffffffffff0f ${id}`);
  refuses(`${byHand} 00`);
  refuses('');
});

test('an index object that was altered is refused, or is another with its one encoding', (t) => {
  const random = seededRandom(t);
  const bytes = encodeIndexObject([
    generatedPack(random, 4),
    generatedPack(random, 0),
    generatedPack(random, 9),
  ]);
  const decode = (altered: Buffer) => encodeIndexObject(decodeIndexObject(altered, 'index/ab'));
  const { accepted, refused } = fuzzDecoder({ bytes, random, rounds: 5_000, decode });
  assert(accepted > 100 && refused > 500);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '@cairn/hashing';
import { fuzzDecoder } from '../../test/fuzz-decoder.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { ByteWriter } from '../format/byte-writer.ts';
import {
  type PackEntries,
  packHeaderBytes,
  packTrailerBytes,
  parsePackEntries,
  parsePackHeader,
  parsePackTrailer,
  writePackEntry,
  writePackHeader,
  writePackTrailer,
} from './pack-layout.ts';

const object = 'packs/ab/ab01';
const salt = Buffer.alloc(32, 0x5a);
const header = Buffer.concat([Buffer.from('CAIRNPAK\x01\x02\x03\x01\0\0\0\0', 'latin1'), salt]);

test('a header is these bytes, and is read back', () => {
  const writer = new ByteWriter();
  writePackHeader(writer, { type: 'manifest', epoch: 0x0103, salt });
  assert.deepEqual(writer.finish(), header);
  assert.equal(header.length, packHeaderBytes);
  const parsed = parsePackHeader(header, object);
  assert.deepEqual(parsed, { type: 'manifest', epoch: 0x0103, salt: Uint8Array.from(salt) });
});

test('a newer version and an unknown type are told apart from damage', () => {
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(header);
    bytes[at] = value;
    return () => parsePackHeader(bytes, object);
  };
  assert.throws(changed(8, 2), { code: 'unknown-format', message: /packs\/ab\/ab01.*version 2/ });
  assert.throws(changed(9, 3), { code: 'unknown-format' });
  assert.throws(changed(0, 0), { code: 'damaged', message: /packs\/ab\/ab01/ });
  assert.throws(changed(13, 1), { code: 'damaged' });
});

test('a trailer is these bytes, covers the header, and is read back', () => {
  const writer = new ByteWriter();
  writer.byte(7);
  writePackTrailer(writer, { footerBytes: 84, entryCount: 2 }, header);
  const lengths = Buffer.from('5400000002000000', 'hex');
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32c(Buffer.concat([header, lengths])));
  const trailer = Buffer.concat([lengths, checksum, Buffer.from('PACK')]);
  assert.deepEqual(writer.finish().subarray(1), trailer);
  assert.equal(trailer.length, packTrailerBytes);
  assert.deepEqual(parsePackTrailer(writer.finish(), header, object), { footerBytes: 84, entryCount: 2 });
  const otherHeader = Buffer.from(header);
  otherHeader[20]! ^= 1;
  assert.throws(() => parsePackTrailer(trailer, otherHeader, object), { code: 'damaged' });
});

test('every flipped bit of a trailer is damage, and so is a count that does not fit', () => {
  const writer = new ByteWriter();
  writePackTrailer(writer, { footerBytes: 84, entryCount: 2 }, header);
  const trailer = writer.finish();
  for (let bit = 0; bit < trailer.length * 8; bit += 1) {
    const altered = Buffer.from(trailer);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => parsePackTrailer(altered, header, object), { code: 'damaged' }, `bit ${bit}`);
  }
  writer.clear();
  writePackTrailer(writer, { footerBytes: 83, entryCount: 2 }, header);
  assert.throws(() => parsePackTrailer(writer.finish(), header, object), { code: 'damaged' });
});

test('entries are read back in columns, with offsets that follow from their order', () => {
  const entries = parsePackEntries(threeEntries(), 3, object);
  assert.equal(entries.count, 3);
  assert.deepEqual([...entries.rawBytes], [1_000, 1, 16_777_216]);
  assert.deepEqual([...entries.storedBytes], [516, 17, 16_777_232]);
  assert.deepEqual([...entries.offsets], [48, 564, 581]);
  assert.deepEqual([...entries.compressed], [1, 0, 0]);
  assert.equal(entries.chunksEnd, 16_777_813);
  assert.equal(entries.fingerprints[32], 2);
});

test('entries that contradict themselves are damage', () => {
  const refused = (rawBytes: number, storedBytes: number, compressed: boolean) => {
    const writer = new ByteWriter();
    writePackEntry(writer, Buffer.alloc(32), { rawBytes, storedBytes, compressed });
    assert.throws(() => parsePackEntries(writer.finish(), 1, object), { code: 'damaged' });
  };
  refused(16_777_217, 16_777_217, false);
  refused(0, 0, false);
  refused(1_000, 999, false);
  refused(1_000, 1_000, true);
  refused(10, 4_000, true);
  assert.throws(() => parsePackEntries(threeEntries(), 2, object), { code: 'damaged' });
  assert.throws(() => parsePackEntries(threeEntries(), 4, object), { code: 'damaged' });
  assert.throws(() => parsePackEntries(threeEntries(), 2 ** 31, object), { code: 'damaged' });
});

test('whatever is done to header, trailer and entries, the answer is typed, or another encoding of the same', (t) => {
  const random = seededRandom(t);
  const headers = fuzzDecoder({
    bytes: header,
    random,
    rounds: 2_000,
    decode: (bytes) => headerAgain(bytes),
  });
  const entries = fuzzDecoder({
    bytes: threeEntries(),
    random,
    rounds: 5_000,
    decode: (bytes) => entriesAgain(bytes),
  });
  assert(headers.refused > 100 && headers.accepted > 100 && entries.refused > 100);
});

function threeEntries(): Buffer {
  const writer = new ByteWriter();
  writePackEntry(writer, Buffer.alloc(32, 1), { rawBytes: 1_000, storedBytes: 500, compressed: true });
  writePackEntry(writer, Buffer.alloc(32, 2), { rawBytes: 1, storedBytes: 1, compressed: false });
  const highest = 16_777_216;
  writePackEntry(writer, Buffer.alloc(32, 3), { rawBytes: highest, storedBytes: highest, compressed: false });
  return writer.finish();
}

function headerAgain(bytes: Buffer): Buffer {
  const writer = new ByteWriter();
  writePackHeader(writer, parsePackHeader(bytes, object));
  writer.raw(bytes.subarray(packHeaderBytes));
  return writer.finish();
}

function entriesAgain(bytes: Buffer): Buffer {
  const entries = parsePackEntries(bytes, 3, object);
  const writer = new ByteWriter();
  for (let index = 0; index < entries.count; index += 1) writeAgain(writer, entries, index);
  return writer.finish();
}

function writeAgain(writer: ByteWriter, entries: PackEntries, index: number): void {
  writePackEntry(writer, entries.fingerprints.subarray(index * 32, index * 32 + 32), {
    rawBytes: entries.rawBytes[index]!,
    storedBytes: entries.storedBytes[index]! - 16,
    compressed: entries.compressed[index] === 1,
  });
}

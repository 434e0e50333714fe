// Packs written and opened again: what went in comes out, and nothing else ever does.

import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { blake3 } from '@napi-rs/blake-hash';
import { saltsInARow, testConfig, testKeyring } from '../../test/packing-fixtures.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import { BackupError } from '../errors.ts';
import type { RepositoryConfig } from '../format/repository-config.ts';
import { createFingerprinter } from './fingerprinter.ts';
import { chunkLocation, PackReader } from './open-pack.ts';
import { PackBuffers } from './pack-buffers.ts';
import { PackWriter } from './pack-writer.ts';
import type { SealedPack } from './sealed-pack.ts';

const text = Buffer.from('a line of text, over and over\n'.repeat(400));

for (const cipher of ['aes-256-gcm', 'chacha20-poly1305'] as const) {
  for (const fingerprint of ['blake3', 'sha256'] as const) {
    test(`${cipher}, ${fingerprint}: chunks come back, by their place in the footer`, (t) => {
      const random = seededRandom(t);
      const config = { ...testConfig, cipher, fingerprint };
      const chunks = [text, random.bytes(5_000), Buffer.from('x'), Buffer.alloc(60_000), text];
      const pack = packOf(chunks, config);
      const reader = new PackReader(config, testKeyring);
      const opened = reader.openPack(pack.id, pack.bytes);
      assert.equal(opened.entryCount, chunks.length);
      assert.deepEqual(opened.entries, pack.entries);
      assert.deepEqual([opened.type, opened.epoch, opened.sizeBytes], ['data', 2, pack.bytes.length]);
      for (const [index, chunk] of chunks.entries()) {
        const location = chunkLocation(opened, opened.contents, index);
        const options = { fingerprint: fingerprintOf(chunk, config) };
        assert.deepEqual(Buffer.from(reader.openChunk(location, ciphertext(pack, location), options)), chunk);
      }
    });
  }
}

test('the bytes are as DESIGN.md says: opened here with nothing but node:crypto and node:zlib', () => {
  const pack = packOf([text, Buffer.from('short')]);
  const bytes = Buffer.from(pack.bytes);
  assert.equal(bytes.toString('latin1', 0, 10), 'CAIRNPAK\x01\x01');
  assert.equal(bytes.readUInt16LE(10), 2);
  const salt = bytes.subarray(16, 48);
  const key = Buffer.from(hkdfSync('sha256', testKeyring.epochs.get(2)!, salt, 'cairn backup pack', 32));
  const open = (nonce: bigint, sealed: Buffer): Buffer => {
    const iv = Buffer.alloc(12);
    iv.writeBigUInt64LE(nonce);
    const cipher = createDecipheriv('aes-256-gcm', key, iv);
    cipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  };
  const footerStart = bytes.length - 16 - bytes.readUInt32LE(bytes.length - 16);
  assert.equal(bytes.readUInt32LE(bytes.length - 12), 2);
  const footer = open(2n ** 32n, bytes.subarray(footerStart, -16));
  assert.deepEqual(footer.subarray(0, 32), fingerprintOf(text));
  const secondStart = footerStart - 5 - 16;
  assert.equal(zstdDecompressSync(open(0n, bytes.subarray(48, secondStart))).toString(), text.toString());
  assert.equal(open(1n, bytes.subarray(secondStart, footerStart)).toString(), 'short');
  assert.equal(blake3(bytes).toString('hex'), pack.id);
});

test('a pack is full before a chunk that might not fit, and is never larger than its buffer', (t) => {
  const random = seededRandom(t);
  const writer = newWriter();
  let packs = 0;
  for (let count = 0; count < 400; count += 1) {
    const chunk = random.bytes(random.integer(20_000));
    if (!writer.hasRoomFor(chunk.length)) {
      const pack = writer.finish()!;
      assert(pack.sizeBytes <= testConfig.packBytes && pack.sizeBytes > testConfig.packBytes - 22_000);
      new PackReader(testConfig, testKeyring).openPack(pack.id, pack.bytes);
      packs += 1;
    }
    writer.add(fingerprintOf(chunk), chunk);
  }
  assert(packs >= 3);
});

test('tiny chunks fill a pack with their entries counted', () => {
  const writer = newWriter();
  let count = 0;
  for (; writer.hasRoomFor(1); count += 1) writer.add(fingerprintOf(Buffer.from('x')), Buffer.from('x'));
  const pack = writer.finish()!;
  assert(pack.sizeBytes <= testConfig.packBytes && pack.sizeBytes > testConfig.packBytes - 100);
  assert.equal(new PackReader(testConfig, testKeyring).openPack(pack.id, pack.bytes).entryCount, count);
});

test('a chunk without room, and one above the highest size, are mistakes of the caller', () => {
  const writer = newWriter();
  writer.add(fingerprintOf(text), Buffer.alloc(1_000_000));
  const noise = Buffer.alloc(testConfig.packBytes);
  assert.throws(() => writer.add(fingerprintOf(noise), noise), { name: 'AssertionError' });
  assert.throws(() => newWriter().add(Buffer.alloc(31), text), { name: 'AssertionError' });
});

test('no chunks are no pack; the size counts the end', () => {
  const writer = newWriter();
  assert.equal(writer.finish(), undefined);
  assert.equal(writer.sizeBytes, 0);
  writer.add(fingerprintOf(text), text);
  const { sizeBytes } = writer;
  assert.equal(writer.finish()!.bytes.length, sizeBytes);
});

test('a salt serves one pack, and equal chunks in two packs have nothing in common', () => {
  const writer = newWriter();
  const packs = [1, 2].map(() => {
    writer.add(fingerprintOf(text), text);
    return writer.finish()!;
  });
  const [one, two] = packs as [SealedPack, SealedPack];
  assert.notDeepEqual(one.salt, two.salt);
  assert.notDeepEqual(one.bytes.subarray(48, 80), two.bytes.subarray(48, 80));
});

test('a buffer that came back is filled anew, and nothing of the first pack shows', () => {
  const buffers = PackBuffers.create(testConfig.packBytes, 1);
  const writer = newWriter(buffers);
  for (let count = 0; count < 20; count += 1) writer.add(fingerprintOf(text), text);
  const first = writer.finish()!;
  buffers.giveBack(first.bytes);
  writer.add(fingerprintOf(text), text);
  const second = writer.finish()!;
  assert.equal(second.bytes.byteOffset, first.bytes.byteOffset);
  assert.equal(second.bytes.buffer, first.bytes.buffer);
  assert.equal(new PackReader(testConfig, testKeyring).openPack(second.id, second.bytes).entryCount, 1);
});

test('content is taken over from another pack as it is stored there', () => {
  const reader = new PackReader(testConfig, testKeyring);
  const first = packOf([text, Buffer.from('short')]);
  const opened = reader.openPack(first.id, first.bytes);
  const writer = newWriter();
  for (let index = opened.entryCount - 1; index >= 0; index -= 1) {
    const location = chunkLocation(opened, opened.contents, index);
    const stored = reader.openStored(location, ciphertext(first, location));
    writer.addStored(opened.contents.fingerprints.subarray(index * 32, index * 32 + 32), stored, location);
  }
  const second = writer.finish()!;
  const contents = reader.openPack(second.id, second.bytes);
  const location = chunkLocation(contents, contents.contents, 1);
  const raw = reader.openChunk(location, ciphertext(second, location), { fingerprint: fingerprintOf(text) });
  assert.deepEqual(Buffer.from(raw), text);
});

test('a chunk goes to the target that is given, and one too small is a mistake of the caller', () => {
  const pack = packOf([text]);
  const reader = new PackReader(testConfig, testKeyring);
  const opened = reader.openPack(pack.id, pack.bytes);
  const location = chunkLocation(opened, opened.contents, 0);
  const target = Buffer.alloc(text.length + 10);
  const raw = reader.openChunk(location, ciphertext(pack, location), { target });
  assert.equal(raw.buffer, target.buffer);
  assert.deepEqual(target.subarray(0, text.length), text);
  const small = { target: Buffer.alloc(text.length - 1) };
  assert.throws(() => reader.openChunk(location, ciphertext(pack, location), small), RangeError);
});

test('a chunk in the place of another, of another pack, or under another fingerprint is damage', () => {
  const [one, two] = [packOf([text, text]), packOf([text, text], testConfig, 'other')];
  const reader = new PackReader(testConfig, testKeyring);
  const opened = reader.openPack(one.id, one.bytes);
  const [first, second] = [0, 1].map((index) => chunkLocation(opened, opened.contents, index)) as [
    Location,
    Location,
  ];
  const refused = (location: Location, bytes: Uint8Array, fingerprint = fingerprintOf(text)) =>
    assert.throws(() => reader.openChunk(location, bytes, { fingerprint }), damagedPack(one.id));
  refused(first, ciphertext(one, second));
  refused(first, ciphertext(two, first));
  refused(first, ciphertext(one, first), fingerprintOf(Buffer.from('y')));
  refused({ ...first, rawBytes: first.rawBytes - 1 }, ciphertext(one, first));
  refused({ ...first, rawBytes: first.rawBytes + 1 }, ciphertext(one, first));
  refused({ ...first, rawBytes: 2 ** 40 }, ciphertext(one, first));
  refused({ ...first, packEpoch: 9 }, ciphertext(one, first));
  refused({ ...first, compressed: false }, ciphertext(one, first));
  refused(first, ciphertext(one, first).subarray(1));
});

test('every flipped bit and every truncation of a pack is found, with its name and with only its ends', () => {
  const pack = packOf([Buffer.from('short'), text]);
  const reader = new PackReader(testConfig, testKeyring);
  for (let bit = 0; bit < pack.bytes.length * 8; bit += 1) {
    const altered = Buffer.from(pack.bytes);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => reader.openPack(pack.id, altered), damagedPack(pack.id), `bit ${bit}`);
    assert.throws(() => readAll(reader, pack.id, altered), damagedOrNewer, `bit ${bit}, by its ends`);
  }
  for (let length = 0; length < pack.bytes.length; length += 1)
    assert.throws(
      () => readAll(reader, pack.id, pack.bytes.subarray(0, length)),
      damagedOrNewer,
      `${length} bytes`,
    );
  readAll(reader, pack.id, pack.bytes);
});

type Location = ReturnType<typeof chunkLocation>;

/** Without the hash of the whole: as a reader does that fetches ends and chunks apart. */
function readAll(reader: PackReader, id: string, bytes: Uint8Array): void {
  const ends = { id, sizeBytes: bytes.length, header: bytes.subarray(0, 48), tail: bytes };
  const opened = reader.openEnds(ends);
  for (let index = 0; index < opened.entryCount; index += 1) {
    const location = chunkLocation(opened, opened.contents, index);
    reader.openChunk(location, ciphertext({ bytes }, location));
  }
}

function newWriter(buffers?: PackBuffers): PackWriter {
  const options = { config: testConfig, keyring: testKeyring, type: 'data', newSalt: saltsInARow() } as const;
  return new PackWriter({ ...options, ...(buffers === undefined ? {} : { buffers }) });
}

function packOf(
  chunks: readonly Buffer[],
  config: RepositoryConfig = testConfig,
  before?: string,
): SealedPack {
  const newSalt = saltsInARow();
  if (before !== undefined) newSalt();
  const writer = new PackWriter({ config, keyring: testKeyring, type: 'data', newSalt });
  for (const chunk of chunks) writer.add(fingerprintOf(chunk, config), chunk);
  return writer.finish()!;
}

function fingerprintOf(chunk: Uint8Array, config: RepositoryConfig = testConfig): Buffer {
  const target = Buffer.alloc(32);
  createFingerprinter(config, testKeyring)(chunk, target);
  return target;
}

function ciphertext(pack: { readonly bytes: Uint8Array }, { offset, storedBytes }: Location): Uint8Array {
  return pack.bytes.subarray(offset, offset + storedBytes);
}

function damagedPack(id: string) {
  return (error: unknown) =>
    error instanceof BackupError &&
    error.code === 'damaged' &&
    error.message.includes(`packs/${id.slice(0, 2)}/${id}`);
}

function damagedOrNewer(error: unknown): boolean {
  return error instanceof BackupError && (error.code === 'damaged' || error.code === 'unknown-format');
}

// The payload of an index object (DESIGN.md, "Index object"): which chunks lie in which packs.
//
//   varint  count of packs; for each
//     32      pack id
//     byte    1 data, 2 manifest
//     varint  key epoch
//     32      salt
//     varint  bytes of the pack
//     varint  count of entries
//     32 each fingerprints, one run
//     lengths of each, as in a footer (`chunk-entry.ts`): apart, because columns compress better
//
// `visitIndexObject` is for filling an index: nothing is allocated for a chunk.

import assert from 'node:assert/strict';
import { packBytesHighest } from '../limits.ts';
import type { PackSummary, PackType } from '../packing/sealed-pack.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { fingerprintBytes, readChunkLengths, writeChunkLengths } from './chunk-entry.ts';
import { epochHighest } from './envelope-header.ts';

export const packTypeCodes = { data: 1, manifest: 2 } as const satisfies Record<PackType, number>;

const idBytes = 32;
const saltBytes = 32;
const packBytesAtLeast = idBytes + 1 + 1 + saltBytes + 1 + 1;
const countBytesMax = 8;
/** Three varints, of 8 bytes at most. */
const packHeadBytesMax = idBytes + 1 + saltBytes + 3 * 8;
const entryBytesAtLeast = fingerprintBytes + 2;

export type IndexObjectPack = Omit<PackSummary, 'entries'>;

export type IndexObjectVisitor = {
  /** Before its chunks. */
  pack(pack: IndexObjectPack): void;
  /** In the order of the pack: the first has ordinal 0. `bytes` from `at` on are its fingerprint; `storedBytes` is without tag. */
  chunk(bytes: Uint8Array, at: number, rawBytes: number, storedBytes: number, compressed: boolean): void;
};

export function encodeIndexObject(packs: readonly PackSummary[]): Buffer {
  // Megabytes where chunks are small: neither grown into nor copied.
  const entriesBytes = packs.reduce((sum, { entries }) => sum + entries.length, 0);
  const writer = new ByteWriter(countBytesMax + packs.length * packHeadBytesMax + entriesBytes);
  writer.varint(packs.length);
  for (const pack of packs) writePack(writer, pack);
  return writer.view();
}

/** Throws `damaged`, naming `object` and the place. `entries` come in the form of a footer. */
export function decodeIndexObject(payload: Uint8Array, object: string): PackSummary[] {
  const packs: { pack: IndexObjectPack; entries: ByteWriter }[] = [];
  let entries = new ByteWriter();
  visitIndexObject(payload, object, {
    pack: (pack) => {
      entries = new ByteWriter(pack.entryCount * (fingerprintBytes + 6) + 1);
      packs.push({ pack, entries });
    },
    chunk: (bytes, at, rawBytes, storedBytes, compressed) => {
      entries.raw(bytes.subarray(at, at + fingerprintBytes));
      writeChunkLengths(entries, { rawBytes, storedBytes, compressed });
    },
  });
  return packs.map(({ pack, entries: written }) => ({ ...pack, entries: written.finish() }));
}

/** Throws as `decodeIndexObject` does; what was visited before that is well formed. */
export function visitIndexObject(payload: Uint8Array, object: string, visitor: IndexObjectVisitor): void {
  const reader = new ByteReader(payload, object);
  const count = reader.count(packBytesAtLeast, 'packs');
  for (let i = 0; i < count; i += 1) visitPack(reader, visitor);
  reader.end();
}

function visitPack(reader: ByteReader, visitor: IndexObjectVisitor): void {
  const pack: IndexObjectPack = {
    id: Buffer.from(reader.view(idBytes)).toString('hex'),
    type: readPackType(reader),
    epoch: reader.varintUpTo(epochHighest, 'an epoch'),
    // A copy: `slice` of a Buffer is a view, which would keep the whole payload alive.
    salt: Uint8Array.from(reader.view(saltBytes)),
    sizeBytes: reader.varintUpTo(packBytesHighest * 2, 'the size of a pack'),
    entryCount: reader.count(entryBytesAtLeast, 'entries'),
  };
  visitor.pack(pack);
  let at = reader.skip(pack.entryCount * fingerprintBytes);
  for (let i = 0; i < pack.entryCount; i += 1, at += fingerprintBytes) {
    const { rawBytes, storedBytes, compressed } = readChunkLengths(reader);
    visitor.chunk(reader.bytes, at, rawBytes, storedBytes, compressed);
  }
}

function readPackType(reader: ByteReader): PackType {
  const code = reader.byte();
  if (code === packTypeCodes.data) return 'data';
  if (code === packTypeCodes.manifest) return 'manifest';
  throw reader.damage(`there is no pack of type ${code}`);
}

function writePack(writer: ByteWriter, pack: PackSummary): void {
  const id = Buffer.from(pack.id, 'hex');
  assert(id.length === idBytes && pack.salt.length === saltBytes, 'a pack id and a salt have 32 bytes');
  writer.raw(id);
  writer.byte(packTypeCodes[pack.type]);
  writer.varint(pack.epoch);
  writer.raw(pack.salt);
  writer.varint(pack.sizeBytes);
  writer.varint(pack.entryCount);
  writeEntries(writer, pack);
}

function writeEntries(writer: ByteWriter, pack: PackSummary): void {
  const reader = new ByteReader(pack.entries, `the entries of pack ${pack.id}`);
  const lengths = new ByteWriter();
  for (let i = 0; i < pack.entryCount; i += 1) {
    writer.raw(reader.view(fingerprintBytes));
    writeChunkLengths(lengths, readChunkLengths(reader));
  }
  reader.end();
  writer.raw(lengths.view());
}

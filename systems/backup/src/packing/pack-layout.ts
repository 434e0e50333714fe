// The bytes of a pack that are not chunks: header, entries, trailer (DESIGN.md, "Pack"). Pure; sealing is elsewhere.
//
//   header    0  8  "CAIRNPAK"            trailer   0  4  bytes of the footer, its tag included
//             8  1  format version                  4  4  count of entries
//             9  1  1 data, 2 manifest              8  4  CRC-32C of header and the eight bytes before
//            10  2  key epoch                      12  4  "PACK"
//            12  4  zero
//            16  32 salt                   entry: fingerprint (32), varint of raw bytes,
//   chunks   48  ..                               varint of (stored bytes without tag x 2 + 1 if zstd)
//   footer       ..                        chunks follow each other, so offsets follow from the entries' order
//
// What is read here may come from a hostile store: every count and length is checked before it is used.

import { crc32c } from '@cairn/hashing/crc';
import { tagBytes } from '@cairn/native';
import { ByteReader } from '../format/byte-reader.ts';
import type { ByteWriter } from '../format/byte-writer.ts';
import {
  type ChunkLengths,
  fingerprintBytes,
  readChunkLengths,
  writeChunkLengths,
} from '../format/chunk-entry.ts';
import { damaged, unknownFormat } from '../format/damaged.ts';
import type { PackType } from './sealed-pack.ts';

export const packHeaderBytes = 48;
export const packTrailerBytes = 16;
export const packSaltBytes = 32;
/** The nonce that the footer is sealed with; chunks have their ordinals. */
export const packFooterNonce = 2 ** 32;
/** An entry takes at most so many bytes of a footer: two varints of 25 bits. */
export const packEntryBytesMax = fingerprintBytes + 4 + 4;
const packEntryBytesMin = fingerprintBytes + 1 + 1;

const magic = Buffer.from('CAIRNPAK');
const endMagic = Buffer.from('PACK');
const formatVersion = 1;
const typeBytes = { data: 1, manifest: 2 } as const satisfies Record<PackType, number>;
const headerPadding = 4;

export type PackHeader = { readonly type: PackType; readonly epoch: number; readonly salt: Uint8Array };

export function writePackHeader(writer: ByteWriter, header: PackHeader): void {
  writer.raw(magic);
  writer.byte(formatVersion);
  writer.byte(typeBytes[header.type]);
  writer.uint16(header.epoch);
  writer.uint32(0);
  writer.raw(header.salt);
}

/** `bytes` begin with the header; `object` names the pack in errors: `damaged`, `unknown-format`. */
export function parsePackHeader(bytes: Uint8Array, object: string): PackHeader {
  const reader = new ByteReader(bytes, object);
  if (magic.compare(reader.view(magic.length)) !== 0) throw damaged(object, 'it does not begin as a pack');
  const version = reader.byte();
  if (version !== formatVersion) throw unknownFormat(object, `it is a pack of version ${version}`);
  const type = packTypeOf(reader.byte(), object);
  const epoch = reader.uint16();
  if (reader.view(headerPadding).some((byte) => byte !== 0))
    throw damaged(object, 'its header is not padded');
  return { type, epoch, salt: Uint8Array.from(reader.view(packSaltBytes)) };
}

function packTypeOf(byte: number, object: string): PackType {
  if (byte === typeBytes.data) return 'data';
  if (byte === typeBytes.manifest) return 'manifest';
  throw unknownFormat(object, `it is a pack of type ${byte}`);
}

export type PackTrailer = { readonly footerBytes: number; readonly entryCount: number };

/** `header` is the pack's, as bytes. */
export function writePackTrailer(writer: ByteWriter, trailer: PackTrailer, header: Uint8Array): void {
  const start = writer.length;
  writer.uint32(trailer.footerBytes);
  writer.uint32(trailer.entryCount);
  writer.uint32(crc32c(writer.view().subarray(start), crc32c(header)));
  writer.raw(endMagic);
}

/** `bytes` end with the trailer, `header` begins with the pack's header. A pack that was cut short is `damaged`. */
export function parsePackTrailer(bytes: Uint8Array, header: Uint8Array, object: string): PackTrailer {
  if (bytes.length < packTrailerBytes) throw damaged(object, 'it is too short for a pack');
  const trailer = bytes.subarray(-packTrailerBytes);
  const reader = new ByteReader(trailer, object);
  const footerBytes = reader.uint32();
  const entryCount = reader.uint32();
  const checksum = crc32c(trailer.subarray(0, 8), crc32c(header.subarray(0, packHeaderBytes)));
  const sound = reader.uint32() === checksum && endMagic.compare(reader.view(endMagic.length)) === 0;
  if (!sound) throw damaged(object, 'it does not end as a pack');
  if (footerBytes < tagBytes + entryCount * packEntryBytesMin)
    throw damaged(object, `${entryCount} entries do not fit in its footer`);
  return { footerBytes, entryCount };
}

/** `storedBytes` without the tag. */
export type PackEntry = ChunkLengths;

export function writePackEntry(writer: ByteWriter, fingerprint: Uint8Array, entry: PackEntry): void {
  writer.raw(fingerprint);
  writeChunkLengths(writer, entry);
}

/** The entries of a pack in columns: entry i is element i of each. */
export type PackEntries = {
  readonly count: number;
  /** n x 32 bytes. */
  readonly fingerprints: Uint8Array;
  readonly rawBytes: Uint32Array;
  /** Ciphertext and tag. */
  readonly storedBytes: Uint32Array;
  /** Of the ciphertext in the pack. */
  readonly offsets: Uint32Array;
  readonly compressed: Uint8Array;
  /** Where the footer begins. */
  readonly chunksEnd: number;
};

/** `bytes` are those of a footer, opened, or `entries` of a `PackSummary`. Throws `damaged`. */
export function parsePackEntries(bytes: Uint8Array, count: number, object: string): PackEntries {
  if (count * packEntryBytesMin > bytes.length) throw damaged(object, `${count} entries do not fit`);
  const reader = new ByteReader(bytes, object);
  const fingerprints = new Uint8Array(count * fingerprintBytes);
  const rawBytes = new Uint32Array(count);
  const storedBytes = new Uint32Array(count);
  const offsets = new Uint32Array(count);
  const compressed = new Uint8Array(count);
  let offset = packHeaderBytes;
  for (let index = 0; index < count; index += 1) {
    fingerprints.set(reader.view(fingerprintBytes), index * fingerprintBytes);
    const entry = readChunkLengths(reader);
    rawBytes[index] = entry.rawBytes;
    storedBytes[index] = entry.storedBytes + tagBytes;
    compressed[index] = entry.compressed ? 1 : 0;
    offsets[index] = offset;
    offset += entry.storedBytes + tagBytes;
    if (offset > offsetHighest) throw reader.damage('its chunks are longer than a pack can be');
  }
  reader.end();
  return { count, fingerprints, rawBytes, storedBytes, offsets, compressed, chunksEnd: offset };
}

const offsetHighest = 2 ** 32 - 1;

// Fills packs: compresses and seals chunk after chunk into one buffer, then footer and trailer (DESIGN.md, "Pack").
//
// The buffer has the repository's pack size, and a pack ends before the chunk that might not fit: so none is larger. A chunk
// is compressed to its place in the buffer and encrypted there.
//
// Invariant: a salt, and with it a key, serves one pack; an ordinal, and with it a nonce, one chunk of it.

import assert from 'node:assert/strict';
import { type AeadCipher, aeadCipher, tagBytes } from '@cairn/native';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { ByteWriter } from '../format/byte-writer.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { chunkBytesHighest } from '../limits.ts';
import { compressChunk } from './compressor.ts';
import { asBuffer, fingerprintBytes } from './fingerprinter.ts';
import { PackBuffers } from './pack-buffers.ts';
import { PackKeys } from './pack-keys.ts';
import {
  type PackEntry,
  packEntryBytesMax,
  packFooterNonce,
  packHeaderBytes,
  packSaltBytes,
  packTrailerBytes,
  writePackEntry,
  writePackHeader,
  writePackTrailer,
} from './pack-layout.ts';
import { packNonce } from './pack-nonce.ts';
import type { PackType, SealedPack } from './sealed-pack.ts';

/** Small chunks are hashed many at once: BLAKE3 is several times as fast on what is long, and still in the cache. */
const hashedAtOnce = 128 * 1024;

export type PackWriterOptions = {
  readonly config: Pick<RepositoryConfig, 'cipher' | 'compressionLevel' | 'packBytes'>;
  readonly keyring: Pick<Keyring, 'epochs' | 'current'>;
  readonly type: PackType;
  /** 32 random bytes, fresh for every pack. */
  readonly newSalt: () => Uint8Array;
  /** Of `config.packBytes`; memory of its own for each pack when absent. */
  readonly buffers?: PackBuffers;
};

/**
 * Not shared between threads. Chunks go in with `add` or `addStored`; when `hasRoomFor` says no, `finish` gives the pack out
 * and the next chunk begins another.
 */
export class PackWriter {
  readonly #options: PackWriterOptions;
  readonly #buffers: PackBuffers;
  readonly #cipher: AeadCipher;
  readonly #keys: PackKeys;
  readonly #entries = new ByteWriter(64 * 1024);
  readonly #hasher = new Blake3Hasher();
  #pack: OpenPack | undefined;

  constructor(options: PackWriterOptions) {
    this.#options = options;
    this.#buffers = options.buffers ?? PackBuffers.create(options.config.packBytes, 0);
    this.#cipher = aeadCipher(options.config.cipher);
    this.#keys = new PackKeys(options.keyring);
  }

  /** Bytes of the pack under way, were it finished now; 0 when there is none. */
  get sizeBytes(): number {
    return this.#pack === undefined ? 0 : this.#pack.length + this.#endBytes(0);
  }

  /** Whether a chunk of so many raw bytes fits for certain. An empty pack takes any chunk. */
  hasRoomFor(rawBytes: number): boolean {
    const pack = this.#pack;
    if (pack === undefined) return true;
    return pack.length + rawBytes + tagBytes + this.#endBytes(packEntryBytesMax) <= pack.bytes.length;
  }

  /** Compresses and seals a chunk. Returns the bytes it takes in the pack, its entry not counted. */
  add(fingerprint: Uint8Array, raw: Uint8Array): number {
    const { bytes, length } = this.#packFor(fingerprint, raw.length);
    const place = bytes.subarray(length, length + raw.length);
    const compressedBytes = compressChunk(raw, place, this.#options.config.compressionLevel);
    const compressed = compressedBytes !== undefined;
    const stored = compressed ? place.subarray(0, compressedBytes) : raw;
    return this.#seal(fingerprint, stored, {
      rawBytes: raw.length,
      storedBytes: stored.length,
      compressed,
    });
  }

  /** Seals the content of a chunk as another pack held it (`PackReader.openStored`). */
  addStored(fingerprint: Uint8Array, stored: Uint8Array, entry: Omit<PackEntry, 'storedBytes'>): number {
    this.#packFor(fingerprint, entry.rawBytes);
    return this.#seal(fingerprint, stored, { ...entry, storedBytes: stored.length });
  }

  /** The pack under way; `undefined` when it has no chunk. */
  finish(): SealedPack | undefined {
    const pack = this.#pack;
    if (pack === undefined) return undefined;
    this.#pack = undefined;
    // Memory of its own: it crosses threads with the summary.
    const entries = Uint8Array.from(this.#entries.view());
    this.#sealFooter(pack, entries);
    this.#appendTrailer(pack, entries.length + tagBytes);
    return {
      id: this.#hasher.digest('hex'),
      type: this.#options.type,
      sizeBytes: pack.length,
      epoch: this.#options.keyring.current,
      salt: pack.salt,
      entries,
      entryCount: pack.count,
      bytes: pack.bytes.subarray(0, pack.length),
    };
  }

  /** Throws an assertion where `hasRoomFor` was not asked, or said no. */
  #packFor(fingerprint: Uint8Array, rawBytes: number): OpenPack {
    assert(fingerprint.length === fingerprintBytes, 'a fingerprint has 32 bytes');
    assert(rawBytes <= chunkBytesHighest, 'a chunk has at most the highest size');
    this.#pack ??= this.#begin();
    assert(this.hasRoomFor(rawBytes), 'a chunk goes to a pack that has room for it');
    return this.#pack;
  }

  #begin(): OpenPack {
    const { keyring, type, newSalt } = this.#options;
    const salt = Uint8Array.from(newSalt());
    assert(salt.length === packSaltBytes, 'the salt of a pack has 32 bytes');
    const header = new ByteWriter(packHeaderBytes);
    writePackHeader(header, { type, epoch: keyring.current, salt });
    const bytes = this.#buffers.take();
    bytes.set(header.view());
    this.#hasher.reset();
    this.#entries.clear();
    const key = this.#keys.keyOf({ epoch: keyring.current, salt }, 'a new pack');
    return { bytes, salt, key, header: header.finish(), length: packHeaderBytes, hashed: 0, count: 0 };
  }

  #seal(fingerprint: Uint8Array, stored: Uint8Array, entry: PackEntry): number {
    const pack = this.#pack!;
    const sealedBytes = this.#append(pack, pack.count, stored);
    writePackEntry(this.#entries, fingerprint, entry);
    pack.count += 1;
    return sealedBytes;
  }

  #sealFooter(pack: OpenPack, entries: Uint8Array): void {
    this.#append(pack, packFooterNonce, entries);
  }

  #append(pack: OpenPack, nonce: number, source: Uint8Array): number {
    const target = pack.bytes.subarray(pack.length, pack.length + source.length + tagBytes);
    this.#cipher.seal({ key: pack.key, nonce: packNonce(nonce), parts: [source], target });
    pack.length += target.length;
    if (pack.length - pack.hashed >= hashedAtOnce) this.#hash(pack);
    return target.length;
  }

  #hash(pack: OpenPack): void {
    this.#hasher.update(asBuffer(pack.bytes.subarray(pack.hashed, pack.length)));
    pack.hashed = pack.length;
  }

  #appendTrailer(pack: OpenPack, footerBytes: number): void {
    const trailer = new ByteWriter(packTrailerBytes);
    writePackTrailer(trailer, { footerBytes, entryCount: pack.count }, pack.header);
    pack.bytes.set(trailer.view(), pack.length);
    pack.length += packTrailerBytes;
    this.#hash(pack);
  }

  #endBytes(moreEntryBytes: number): number {
    return this.#entries.length + moreEntryBytes + tagBytes + packTrailerBytes;
  }
}

type OpenPack = {
  readonly bytes: Uint8Array;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
  readonly header: Uint8Array;
  length: number;
  /** So many bytes of it have gone into its id. */
  hashed: number;
  count: number;
};

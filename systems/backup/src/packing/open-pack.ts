// Packs as they come back from a store: what they hold, and their chunks as raw bytes (DESIGN.md, "Pack"). Nothing is
// believed: tags authenticate entries and chunks, decompression is bounded by the entry's length, fingerprints are
// recomputed. Everything that is wrong is `damaged`, naming the pack.

import { type AeadCipher, aeadCipher, tagBytes } from '@cairn/native';
import { blake3 } from '@napi-rs/blake-hash';
import { damaged } from '../format/damaged.ts';
import { objectName } from '../format/object-names.ts';
import type { Keyring, RepositoryConfig } from '../format/repository-config.ts';
import { chunkBytesHighest } from '../limits.ts';
import { zstd } from '../native/zstd.ts';
import type { ChunkLocation } from './chunk-location.ts';
import { asBuffer, createFingerprinter, type Fingerprinter, fingerprintBytes } from './fingerprinter.ts';
import { PackKeys } from './pack-keys.ts';
import {
  type PackEntries,
  packFooterNonce,
  packHeaderBytes,
  packTrailerBytes,
  parsePackEntries,
  parsePackHeader,
  parsePackTrailer,
} from './pack-layout.ts';
import { packNonce } from './pack-nonce.ts';
import type { PackSummary } from './sealed-pack.ts';

/** The id of a pack or an index object: BLAKE3-256 of its bytes in hex. */
export function contentId(bytes: Uint8Array): string {
  return blake3(asBuffer(bytes)).toString('hex');
}

/** What lies between a pack's chunks and its end, read with one request once its last bytes are known. */
export type PackEnds = {
  readonly id: string;
  readonly sizeBytes: number;
  /** At least the first 48 bytes. */
  readonly header: Uint8Array;
  /** Footer and trailer: the pack's last bytes, at least `footerBytes + 16` of them. */
  readonly tail: Uint8Array;
};

/**
 * Opens packs of one repository. Holds scratch memory of a chunk and contexts of ciphers, so make one and keep it; it is
 * not shared between threads, and its calls are synchronous.
 *
 * @example
 * const reader = new PackReader(repository.config, repository.keyring);
 * const raw = reader.openChunk(location, ciphertext, { fingerprint });
 */
export class PackReader {
  readonly #keys: PackKeys;
  readonly #cipher: AeadCipher;
  readonly #fingerprinter: Fingerprinter;
  readonly #found = Buffer.alloc(fingerprintBytes);
  #scratch = new Uint8Array(0);

  constructor(config: RepositoryConfig, keyring: Keyring) {
    this.#keys = new PackKeys(keyring);
    this.#cipher = aeadCipher(config.cipher);
    this.#fingerprinter = createFingerprinter(config, keyring);
  }

  /**
   * The raw bytes of a chunk from its ciphertext (with tag), in memory of their own or, with `target`, at the start of that.
   * Checks the tag; with `fingerprint`, that too. Throws `damaged`.
   */
  openChunk(location: ChunkLocation, ciphertext: Uint8Array, options: OpenChunkOptions = {}): Uint8Array {
    const { rawBytes, packId } = location;
    const object = objectName('packs', packId);
    this.#checkLength(location, ciphertext, object);
    const raw = options.target?.subarray(0, rawBytes) ?? Buffer.allocUnsafeSlow(rawBytes);
    if (raw.length !== rawBytes) throw new RangeError('the target of a chunk is too small for it');
    this.#unpack(location, ciphertext, raw, object);
    if (options.fingerprint !== undefined) this.#compare(raw, options.fingerprint, location, object);
    return raw;
  }

  /**
   * The content of a chunk as it is stored, still compressed where it is: for a pack that takes it over as it is
   * (`PackWriter.addStored`). Only the tag is checked.
   */
  openStored(location: ChunkLocation, ciphertext: Uint8Array): Uint8Array {
    const object = objectName('packs', location.packId);
    this.#checkLength(location, ciphertext, object);
    const stored = Buffer.allocUnsafeSlow(location.storedBytes - tagBytes);
    this.#unseal(location, ciphertext, stored, object);
    return stored;
  }

  /** What a pack says that it holds, from its ends. Checks the tag of the footer, and that the lengths add up to the pack's. */
  openEnds(ends: PackEnds): PackSummary & { readonly contents: PackEntries } {
    const object = objectName('packs', ends.id);
    const { type, epoch, salt } = parsePackHeader(ends.header, object);
    const { footerBytes, entryCount } = parsePackTrailer(ends.tail, ends.header, object);
    const start = ends.tail.length - packTrailerBytes - footerBytes;
    if (start < 0) throw damaged(object, 'its footer is longer than the pack');
    const sealed = ends.tail.subarray(start, start + footerBytes);
    const entries = new Uint8Array(footerBytes - tagBytes);
    const key = this.#keys.keyOf({ epoch, salt }, object);
    if (!this.#cipher.open({ key, nonce: packNonce(packFooterNonce), source: sealed, target: entries }))
      throw damaged(object, 'its footer was altered');
    const contents = parsePackEntries(entries, entryCount, object);
    if (contents.chunksEnd + footerBytes + packTrailerBytes !== ends.sizeBytes)
      throw damaged(object, 'its chunks are not as long as its footer says');
    const { id, sizeBytes } = ends;
    return { id, type, sizeBytes, epoch, salt, entries, entryCount, contents };
  }

  /** The same of a whole pack, whose bytes must also be those its id names. */
  openPack(id: string, bytes: Uint8Array): PackSummary & { readonly contents: PackEntries } {
    if (contentId(bytes) !== id)
      throw damaged(objectName('packs', id), 'its bytes are not those it is named after');
    return this.openEnds({
      id,
      sizeBytes: bytes.length,
      header: bytes.subarray(0, packHeaderBytes),
      tail: bytes,
    });
  }

  #unpack(location: ChunkLocation, ciphertext: Uint8Array, raw: Uint8Array, object: string): void {
    if (!location.compressed) {
      this.#unseal(location, ciphertext, raw, object);
      return;
    }
    const frame = this.#scratchOf(ciphertext.length - tagBytes);
    this.#unseal(location, ciphertext, frame, object);
    if (zstd.decompress(frame, raw) !== raw.length)
      throw damaged(object, `chunk ${location.ordinal} does not decompress to ${raw.length} bytes`);
  }

  #unseal(location: ChunkLocation, ciphertext: Uint8Array, target: Uint8Array, object: string): void {
    const key = this.#keys.keyOf({ epoch: location.packEpoch, salt: location.packSalt }, object);
    if (!this.#cipher.open({ key, nonce: packNonce(location.ordinal), source: ciphertext, target }))
      throw damaged(object, `chunk ${location.ordinal} was altered`);
  }

  #checkLength(
    { storedBytes, rawBytes, ordinal }: ChunkLocation,
    ciphertext: Uint8Array,
    object: string,
  ): void {
    const sound =
      ciphertext.length === storedBytes && storedBytes >= tagBytes && rawBytes <= chunkBytesHighest;
    if (!sound) throw damaged(object, `chunk ${ordinal} is not as long as the index says`);
  }

  #compare(raw: Uint8Array, expected: Uint8Array, location: ChunkLocation, object: string): void {
    this.#fingerprinter(raw, this.#found);
    if (this.#found.compare(expected) === 0) return;
    const name = Buffer.from(expected).toString('hex');
    throw damaged(object, `chunk ${location.ordinal} does not have fingerprint ${name}`);
  }

  #scratchOf(bytes: number): Uint8Array {
    if (this.#scratch.length < bytes)
      this.#scratch = new Uint8Array(Math.max(bytes, this.#scratch.length * 2));
    return this.#scratch.subarray(0, bytes);
  }
}

export type OpenChunkOptions = {
  /** 32 bytes: the chunk's content must have it. */
  readonly fingerprint?: Uint8Array;
  /** Memory for at least `rawBytes`. */
  readonly target?: Uint8Array;
};

/** Where entry `index` of a pack lies. */
export function chunkLocation(
  pack: Omit<PackSummary, 'entries'>,
  contents: PackEntries,
  index: number,
): ChunkLocation {
  return {
    packId: pack.id,
    packType: pack.type,
    packEpoch: pack.epoch,
    packSalt: pack.salt,
    ordinal: index,
    offset: contents.offsets[index]!,
    storedBytes: contents.storedBytes[index]!,
    rawBytes: contents.rawBytes[index]!,
    compressed: contents.compressed[index] === 1,
  };
}

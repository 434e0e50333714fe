// What index objects say, in columns: for each chunk its fingerprint (32 bytes), where it begins in its pack (4), its raw
// length and whether it is compressed (4), and which pack (4). What is stored of a chunk ends where the next begins.
//
// Chunks of a pack lie together, in its order. A pack that several index objects name is taken from the first.

import { tagBytes } from '@cairn/native';
import { damaged } from '../../format/damaged.ts';
import type { IndexObjectPack, IndexObjectVisitor } from '../../format/index-object.ts';
import { objectName } from '../../format/object-names.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import { packHeaderBytes } from '../../packing/pack-layout.ts';

export type PackRow = IndexObjectPack & {
  /** The number of its first chunk. */
  readonly first: number;
  /** Where its chunks end. */
  chunksEnd: number;
  readonly indexObjects: string[];
};

const compressedBit = 0x8000_0000;
const chunksAtFirst = 1024;

export class IndexColumns {
  fingerprints: Uint8Array;
  offsets: Uint32Array;
  /** Raw bytes, and the highest bit when compressed. */
  lengths: Uint32Array;
  packNumbers: Uint32Array;
  count = 0;
  readonly packs: PackRow[] = [];
  readonly #numbers = new Map<string, number>();

  /** `capacity` in chunks; the columns grow beyond it. */
  constructor(capacity = chunksAtFirst) {
    this.fingerprints = new Uint8Array(capacity * fingerprintBytes);
    this.offsets = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.packNumbers = new Uint32Array(capacity);
  }

  numberOf(packId: string): number | undefined {
    return this.#numbers.get(packId);
  }

  /** Takes in one index object, whole or, when `visit` throws, not at all. */
  addObject(objectId: string, visit: (visitor: IndexObjectVisitor) => void): void {
    const mark = { packs: this.packs.length, count: this.count };
    const named: PackRow[] = [];
    try {
      visit(this.#visitor(objectId, named));
      this.#closePack();
    } catch (error) {
      this.#rollBack(mark);
      throw error;
    }
    for (const row of named) row.indexObjects.push(objectId);
  }

  /** Takes over what another instance knows from index objects that `keeps`. */
  addFrom(other: IndexColumns, keeps: (objectId: string) => boolean): void {
    for (const row of other.packs) {
      const indexObjects = row.indexObjects.filter(keeps);
      if (indexObjects.length > 0) this.#copyPack(other, row, indexObjects);
    }
  }

  storedBytesOf(chunk: number): number {
    const row = this.packs[this.packNumbers[chunk]!]!;
    const last = chunk + 1 === row.first + row.entryCount;
    return (last ? row.chunksEnd : this.offsets[chunk + 1]!) - this.offsets[chunk]!;
  }

  rawBytesOf(chunk: number): number {
    return this.lengths[chunk]! & ~compressedBit;
  }

  isCompressed(chunk: number): boolean {
    return this.lengths[chunk]! >= compressedBit;
  }

  #visitor(objectId: string, named: PackRow[]): IndexObjectVisitor {
    const object = objectName('index', objectId);
    // Of a pack that is known already the chunks are passed over.
    let row: PackRow | undefined;
    let offset = 0;
    return {
      pack: (pack) => {
        this.#closePack();
        offset = packHeaderBytes;
        row = this.#openPack(pack, named);
      },
      chunk: (bytes, at, rawBytes, storedBytes, compressed) => {
        if (row === undefined) return;
        if (this.count === row.first) this.#copyFingerprints(bytes, at, row);
        this.#append(row, offset, rawBytes + (compressed ? compressedBit : 0));
        offset += storedBytes + tagBytes;
        if (offset > row.sizeBytes)
          throw damaged(object, `the chunks of pack ${row.id} are longer than it is`);
        row.chunksEnd = offset;
      },
    };
  }

  #openPack(pack: IndexObjectPack, named: PackRow[]): PackRow | undefined {
    const known = this.#numbers.get(pack.id);
    if (known !== undefined) {
      named.push(this.packs[known]!);
      return undefined;
    }
    const row = { ...pack, first: this.count, chunksEnd: packHeaderBytes, indexObjects: [] };
    this.#numbers.set(pack.id, this.packs.length);
    this.packs.push(row);
    named.push(row);
    this.#reserve(pack.entryCount);
    return row;
  }

  #copyFingerprints(bytes: Uint8Array, at: number, row: PackRow): void {
    const run = bytes.subarray(at, at + row.entryCount * fingerprintBytes);
    this.fingerprints.set(run, row.first * fingerprintBytes);
  }

  #append(row: PackRow, offset: number, length: number): void {
    this.offsets[this.count] = offset;
    this.lengths[this.count] = length;
    this.packNumbers[this.count] = this.packs.length - 1;
    this.count += 1;
    if (this.count > row.first + row.entryCount) throw new RangeError('a pack has more chunks than entries');
  }

  #copyPack(other: IndexColumns, row: PackRow, indexObjects: string[]): void {
    const { first: from, entryCount } = row;
    this.#reserve(entryCount);
    const to = this.count;
    const end = from + entryCount;
    const fingerprints = other.fingerprints.subarray(from * fingerprintBytes, end * fingerprintBytes);
    this.fingerprints.set(fingerprints, to * fingerprintBytes);
    this.offsets.set(other.offsets.subarray(from, end), to);
    this.lengths.set(other.lengths.subarray(from, end), to);
    this.packNumbers.fill(this.packs.length, to, to + entryCount);
    this.#numbers.set(row.id, this.packs.length);
    this.packs.push({ ...row, first: to, indexObjects });
    this.count += entryCount;
  }

  #closePack(): void {
    const row = this.packs.at(-1);
    if (row === undefined || this.count === row.first + row.entryCount) return;
    throw new RangeError(`pack ${row.id} has fewer chunks than entries`);
  }

  #rollBack(mark: { readonly packs: number; readonly count: number }): void {
    for (const row of this.packs.splice(mark.packs)) this.#numbers.delete(row.id);
    this.count = mark.count;
  }

  #reserve(chunks: number): void {
    const needed = this.count + chunks;
    if (needed <= this.offsets.length) return;
    const capacity = Math.max(needed, Math.ceil(this.offsets.length * 1.5));
    this.fingerprints = grown(this.fingerprints, new Uint8Array(capacity * fingerprintBytes));
    this.offsets = grown(this.offsets, new Uint32Array(capacity));
    this.lengths = grown(this.lengths, new Uint32Array(capacity));
    this.packNumbers = grown(this.packNumbers, new Uint32Array(capacity));
  }
}

function grown<Column extends Uint8Array | Uint32Array>(old: Column, bigger: Column): Column {
  bigger.set(old);
  return bigger;
}

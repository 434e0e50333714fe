// The index of a repository as it was when it was read: which chunks lie where. 56 to 66 bytes a chunk.

import type { ChunkLocation } from '../../packing/chunk-location.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { PackEntries } from '../../packing/pack-layout.ts';
import type { ChunkIndex, DamagedObject, IndexedPack } from '../repository.ts';
import { FingerprintSlots } from './fingerprint-slots.ts';
import type { IndexColumns, PackRow } from './index-columns.ts';

export type IndexState = {
  readonly columns: IndexColumns;
  readonly indexObjects: readonly string[];
  /** Bytes of each pack that was listed, by id. */
  readonly listed: ReadonlyMap<string, number>;
  /** Ids of packs in condemnations and verdicts. */
  readonly condemned: ReadonlySet<string>;
  readonly condemnations: readonly string[];
  readonly damaged: readonly DamagedObject[];
};

export class LoadedChunkIndex implements ChunkIndex {
  readonly packs: readonly IndexedPack[];
  readonly missing: readonly IndexedPack[];
  readonly orphans: readonly { readonly id: string; readonly sizeBytes: number }[];
  readonly chunkCount: number;
  readonly columns: IndexColumns;
  readonly indexObjects: readonly string[];
  readonly condemnedPacks: ReadonlySet<string>;
  readonly condemnations: readonly string[];
  readonly damaged: readonly DamagedObject[];
  /** By the number of the pack. */
  readonly #all: readonly IndexedPack[];
  readonly #slots: FingerprintSlots;

  constructor(state: IndexState) {
    const { columns, listed, condemned } = state;
    this.columns = columns;
    this.indexObjects = state.indexObjects;
    this.condemnedPacks = condemned;
    this.condemnations = state.condemnations;
    this.damaged = state.damaged;
    this.#all = columns.packs.map((row) => describe(row, { listed, condemned }));
    this.packs = this.#all.filter(({ listedBytes }) => listedBytes > 0);
    this.missing = this.#all.filter(({ listedBytes }) => listedBytes === 0);
    this.orphans = orphansOf(state);
    this.chunkCount = this.packs.reduce((sum, { entryCount }) => sum + entryCount, 0);
    this.#slots = new FingerprintSlots(columns.fingerprints, this.chunkCount);
    this.#fillSlots();
  }

  locate(fingerprint: Uint8Array): ChunkLocation | undefined {
    const chunk = this.#slots.find(fingerprint);
    return chunk < 0 ? undefined : this.#locationOf(chunk);
  }

  copies(fingerprint: Uint8Array): readonly ChunkLocation[] {
    return this.#slots.findAll(fingerprint).map((chunk) => this.#locationOf(chunk));
  }

  isKnown(fingerprint: Uint8Array): boolean {
    const chunk = this.#slots.find(fingerprint);
    return chunk >= 0 && isReliable(this.#all[this.columns.packNumbers[chunk]!]!);
  }

  *knownFingerprints(): Iterable<Uint8Array> {
    for (const run of this.knownFingerprintRuns()) {
      for (let at = 0; at < run.length; at += fingerprintBytes) yield run.subarray(at, at + fingerprintBytes);
    }
  }

  *knownFingerprintRuns(): Iterable<Uint8Array> {
    for (const [number, pack] of this.#all.entries())
      if (isReliable(pack)) yield this.#fingerprintsOf(number);
  }

  packOf(packId: string): IndexedPack | undefined {
    const number = this.columns.numberOf(packId);
    return number === undefined ? undefined : this.#all[number];
  }

  contentsOf(packId: string): PackEntries | undefined {
    const { columns } = this;
    const number = columns.numberOf(packId);
    if (number === undefined) return undefined;
    const { first, entryCount: count, chunksEnd } = columns.packs[number]!;
    return {
      count,
      fingerprints: this.#fingerprintsOf(number),
      rawBytes: Uint32Array.from({ length: count }, (_, i) => columns.rawBytesOf(first + i)),
      storedBytes: Uint32Array.from({ length: count }, (_, i) => columns.storedBytesOf(first + i)),
      offsets: columns.offsets.subarray(first, first + count),
      compressed: Uint8Array.from({ length: count }, (_, i) => (columns.isCompressed(first + i) ? 1 : 0)),
      chunksEnd,
    };
  }

  /** What was inserted first is found first: the best copies. */
  #fillSlots(): void {
    for (const pick of [isReliable, isWhole, isCut]) {
      for (const [number, pack] of this.#all.entries()) {
        const { first, entryCount } = this.columns.packs[number]!;
        if (pick(pack)) this.#slots.insertRange(first, first + entryCount);
      }
    }
  }

  #fingerprintsOf(packNumber: number): Uint8Array {
    const { first, entryCount } = this.columns.packs[packNumber]!;
    const end = (first + entryCount) * fingerprintBytes;
    return this.columns.fingerprints.subarray(first * fingerprintBytes, end);
  }

  #locationOf(chunk: number): ChunkLocation {
    const { columns } = this;
    const row = columns.packs[columns.packNumbers[chunk]!]!;
    return {
      packId: row.id,
      packType: row.type,
      packEpoch: row.epoch,
      packSalt: row.salt,
      ordinal: chunk - row.first,
      offset: columns.offsets[chunk]!,
      storedBytes: columns.storedBytesOf(chunk),
      rawBytes: columns.rawBytesOf(chunk),
      compressed: columns.isCompressed(chunk),
    };
  }
}

function describe(
  { first: _first, chunksEnd: _chunksEnd, ...pack }: PackRow,
  { listed, condemned }: Pick<IndexState, 'listed' | 'condemned'>,
): IndexedPack {
  return { ...pack, listedBytes: listed.get(pack.id) ?? 0, condemned: condemned.has(pack.id) };
}

function orphansOf({ columns, listed }: IndexState): { id: string; sizeBytes: number }[] {
  const orphans = [...listed].filter(([id]) => columns.numberOf(id) === undefined);
  return orphans.map(([id, sizeBytes]) => ({ id, sizeBytes }));
}

// The three disjoint classes of listed packs.

function isReliable(pack: IndexedPack): boolean {
  return !pack.condemned && pack.listedBytes >= pack.sizeBytes;
}

function isWhole(pack: IndexedPack): boolean {
  return pack.condemned && pack.listedBytes >= pack.sizeBytes;
}

function isCut(pack: IndexedPack): boolean {
  return pack.listedBytes > 0 && pack.listedBytes < pack.sizeBytes;
}

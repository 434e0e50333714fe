// The raw bytes of a few chunks, each checked against its fingerprint: read in as few requests as possible first; what fails
// is looked for again, in a freshly read index and in every other copy.

import type { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { objectName } from '../../format/object-names.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { PackReader } from '../../packing/open-pack.ts';
import type { ChunkIndex } from '../repository.ts';
import { inParallel } from '../store/in-parallel.ts';
import { isDamage } from '../store/store-error.ts';
import { fetchFromStore, fetchRange, type RangeSource } from './fetch-range.ts';
import { type PlannedRead, planReads, type WantedChunk } from './plan-reads.ts';

export type ChunkSource = RangeSource & {
  readonly packReader: PackReader;
  readonly index: (options?: { refresh?: boolean }) => Promise<ChunkIndex>;
};

const readsAtOnce = 4;

export class ChunkWindow {
  readonly #source: ChunkSource;
  readonly #signal: AbortSignal;
  /** By fingerprint. */
  readonly #raw = new Map<string, Uint8Array>();
  readonly #problems = new Map<string, BackupError>();
  #freshIndex: Promise<ChunkIndex> | undefined;

  constructor(source: ChunkSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** In the order of `fingerprints`; the same bytes twice where a fingerprint occurs twice. */
  async read(fingerprints: Uint8Array): Promise<Uint8Array[]> {
    const wanted = splitFingerprints(fingerprints);
    const distinct = [...new Map(wanted.map((fingerprint) => [keyOf(fingerprint), fingerprint])).values()];
    await this.#readPlanned(distinct);
    for (const fingerprint of distinct) {
      if (!this.#raw.has(keyOf(fingerprint))) await this.#recover(fingerprint);
    }
    return wanted.map((fingerprint) => this.#raw.get(keyOf(fingerprint))!);
  }

  async #readPlanned(fingerprints: readonly Uint8Array[]): Promise<void> {
    const index = await this.#source.index();
    const located = fingerprints.flatMap((fingerprint): WantedChunk[] => {
      const location = index.locate(fingerprint);
      return location === undefined ? [] : [{ fingerprint, location }];
    });
    await inParallel(planReads(located), readsAtOnce, (read) => this.#readOne(read, index));
  }

  async #readOne(read: PlannedRead, index: ChunkIndex): Promise<void> {
    const bytes = await fetchRange(this.#source, read, { index, signal: this.#signal });
    if (bytes === undefined) return;
    for (const chunk of read.chunks) this.#open(chunk, bytes.subarray(chunk.location.offset - read.start));
  }

  /** False when it is not what it should be. */
  #open({ fingerprint, location }: WantedChunk, bytes: Uint8Array): boolean {
    const key = keyOf(fingerprint);
    try {
      const ciphertext = bytes.subarray(0, location.storedBytes);
      this.#raw.set(key, this.#source.packReader.openChunk(location, ciphertext, { fingerprint }));
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#problems.set(key, error);
      return false;
    }
  }

  /** One chunk, wherever it is: gc may have moved it, another pack may have it. */
  async #recover(fingerprint: Uint8Array): Promise<void> {
    this.#freshIndex ??= this.#source.index({ refresh: true });
    const index = await this.#freshIndex;
    for (const location of index.copies(fingerprint)) {
      const { packId, offset: start, storedBytes: length } = location;
      const bytes = await fetchFromStore(this.#source, { packId, start, length }, this.#signal);
      const name = objectName('packs', packId);
      if (bytes === undefined)
        this.#problems.set(keyOf(fingerprint), damaged(name, 'it is gone, or cut short'));
      else if (this.#open({ fingerprint, location }, bytes)) {
        await this.#source.cache?.drop('manifest', packId);
        return;
      }
    }
    throw this.#lost(fingerprint);
  }

  #lost(fingerprint: Uint8Array): BackupError {
    const problem = this.#problems.get(keyOf(fingerprint));
    const name = `chunk ${Buffer.from(fingerprint).toString('hex')}`;
    return damaged(name, problem?.message ?? 'no pack that is there has it', problem);
  }
}

function splitFingerprints(fingerprints: Uint8Array): readonly Uint8Array[] {
  const count = fingerprints.length / fingerprintBytes;
  return Array.from({ length: count }, (_, i) =>
    fingerprints.subarray(i * fingerprintBytes, (i + 1) * fingerprintBytes),
  );
}

function keyOf(fingerprint: Uint8Array): string {
  return Buffer.from(fingerprint.buffer, fingerprint.byteOffset, fingerprint.byteLength).toString('latin1');
}

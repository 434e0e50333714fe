// The raw bytes of a few chunks, each checked against its fingerprint: read in as few requests as possible first; what fails
// is looked for again, in a freshly read index and in every other copy.

import type { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { objectName, prefixes } from '../../format/object-names.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { PackReader } from '../../packing/open-pack.ts';
import type { ChunkIndex, IndexedPack } from '../repository.ts';
import { inParallel } from '../store/in-parallel.ts';
import { isDamage } from '../store/store-error.ts';
import { fetchFromStore, fetchRange, type RangeSource } from './fetch-range.ts';
import { type PlannedRead, planReads, type WantedChunk } from './plan-reads.ts';

export type ChunkSource = RangeSource & {
  readonly packReader: PackReader;
  readonly index: (options?: { refresh?: boolean }) => Promise<ChunkIndex>;
};

const readsAtOnce = 4;
/** What is opened in one turn of the event loop, of all reads together: who copies snapshots may share a process with others. */
const openedBytesPerTurn = 512 * 1024;
/** How often the index is read anew because a pack that it listed was gone when it was read. */
const roundsMax = 8;

export class ChunkWindow {
  readonly #source: ChunkSource;
  readonly #signal: AbortSignal;
  /** By fingerprint. */
  readonly #raw = new Map<string, Uint8Array>();
  readonly #problems = new Map<string, BackupError>();
  /** In this turn. */
  #openedBytes = 0;
  #nextTurn: Promise<void> | undefined;

  constructor(source: ChunkSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** In the order of `fingerprints`; the same bytes twice where a fingerprint occurs twice. */
  async read(fingerprints: Uint8Array): Promise<Uint8Array[]> {
    const wanted = splitFingerprints(fingerprints);
    const distinct = [...new Map(wanted.map((fingerprint) => [keyOf(fingerprint), fingerprint])).values()];
    await this.#readPlanned(distinct, await this.#source.index());
    const failed = this.#lackingOf(distinct);
    if (failed.length > 0) await this.#readAgain(failed);
    return wanted.map((fingerprint) => this.#raw.get(keyOf(fingerprint))!);
  }

  /** gc may have moved them; then another pack may have them, until gc moves them again. */
  async #readAgain(fingerprints: readonly Uint8Array[]): Promise<void> {
    let lacking = fingerprints;
    for (let round = 1; lacking.length > 0; round += 1) {
      const index = await this.#source.index({ refresh: true });
      await this.#readPlanned(lacking, index);
      for (const fingerprint of this.#lackingOf(lacking)) {
        const outcome = await this.#readCopies(fingerprint, index);
        if (outcome === 'lost' || (outcome === 'moved' && round === roundsMax))
          throw this.#lost(fingerprint, index);
      }
      lacking = this.#lackingOf(lacking);
    }
  }

  #lackingOf(fingerprints: readonly Uint8Array[]): readonly Uint8Array[] {
    return fingerprints.filter((fingerprint) => !this.#raw.has(keyOf(fingerprint)));
  }

  async #readPlanned(fingerprints: readonly Uint8Array[], index: ChunkIndex): Promise<void> {
    const located = fingerprints.flatMap((fingerprint): WantedChunk[] => {
      const location = index.locate(fingerprint);
      return location === undefined ? [] : [{ fingerprint, location }];
    });
    await inParallel(planReads(located), readsAtOnce, (read) => this.#readOne(read, index));
  }

  async #readOne(read: PlannedRead, index: ChunkIndex): Promise<void> {
    const bytes = await this.#readable(read.chunks, () =>
      fetchRange(this.#source, read, { index, signal: this.#signal }),
    );
    if (!(bytes instanceof Uint8Array)) return;
    let sound = true;
    for (const chunk of read.chunks) {
      while (this.#openedBytes >= openedBytesPerTurn) await this.#turn();
      this.#openedBytes += chunk.location.rawBytes;
      sound = this.#open(chunk, bytes.subarray(chunk.location.offset - read.start)) && sound;
    }
    // Perhaps only the cached copy is hurt: the next try reads what the store has.
    if (!sound) await this.#source.cache?.drop('manifest', read.packId);
  }

  /** Where the store cannot read a part of a pack, that is the problem of the chunks asked for; another copy may do. */
  async #readable(
    chunks: readonly Pick<WantedChunk, 'fingerprint'>[],
    read: () => Promise<Buffer | undefined>,
  ): Promise<Buffer | undefined | 'unreadable'> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      for (const { fingerprint } of chunks) this.#problems.set(keyOf(fingerprint), error);
      return 'unreadable';
    }
  }

  #turn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) => {
      this.#source.world.clock.nextTurn(() => {
        this.#openedBytes = 0;
        this.#nextTurn = undefined;
        resolve();
      });
    });
    return this.#nextTurn;
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

  /** `moved`: a pack that was there whole is not any more, so the index is older than what gc did. */
  async #readCopies(fingerprint: Uint8Array, index: ChunkIndex): Promise<'read' | 'moved' | 'lost'> {
    let outcome: 'moved' | 'lost' = 'lost';
    for (const location of index.copies(fingerprint)) {
      const { packId, offset: start, storedBytes: length } = location;
      const bytes = await this.#readable([{ fingerprint }], () =>
        fetchFromStore(this.#source, { packId, start, length }, this.#signal),
      );
      if (bytes === 'unreadable') continue;
      if (bytes === undefined) {
        const name = objectName('packs', packId);
        this.#problems.set(keyOf(fingerprint), damaged(name, 'it is gone, or cut short'));
        if (isWhole(index.packOf(packId))) outcome = 'moved';
      } else if (this.#open({ fingerprint, location }, bytes)) return 'read';
    }
    return outcome;
  }

  #lost(fingerprint: Uint8Array, { damaged: unreadable }: ChunkIndex): BackupError {
    const problem = this.#problems.get(keyOf(fingerprint));
    const name = `chunk ${Buffer.from(fingerprint).toString('hex')}`;
    if (problem !== undefined) return damaged(name, problem.message, problem);
    const object = unreadable.find((one) => one.name.startsWith(prefixes.index))?.name;
    const nowhere = 'no pack that is there has it';
    if (object === undefined) return damaged(name, nowhere);
    // Then it is not lost: its pack says what it holds.
    return damaged(
      name,
      `${nowhere}, by the index, of which ${object} cannot be read: \`repair\` rebuilds it`,
    );
  }
}

function isWhole(pack: IndexedPack | undefined): boolean {
  return pack !== undefined && pack.listedBytes >= pack.sizeBytes;
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

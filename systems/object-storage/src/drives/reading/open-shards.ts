// Finds the shards of a blob and which of them each drive has: first at home, where they nearly always are, then anywhere.
// Their trailers are remembered, so that they are not read again and again.

import { BlobDamagedError, type PlacedReader } from '../../data/data-store.ts';
import type { Generations } from '../../data/reading/generations.ts';
import { type Scheme, shardCount } from '../layout/redundancy.ts';
import { decodeTrailer, Stripes, type Trailer, trailerBytes } from '../layout/stripes.ts';
import type { Slot } from '../set/slot.ts';
import { isDriveTrouble, type OnTrouble } from './drive-trouble.ts';

/**
 * Trailers that were read lately, by the place of their shard, and not by drive: while a drive's shard is written anew, who
 * still reads the old one would else have its trailer remembered for the new one, and bytes of a wrong shard given out.
 */
export type KnownTrailers = Pick<Generations<number, Trailer>, 'get' | 'set'>;

export type OpenShard = { readonly slot: Slot; readonly index: number; readonly reader: PlacedReader };

export type OpenShardsParts = {
  readonly blob: string;
  readonly scheme: Scheme;
  /** All slots in the order of the blob's ranks. */
  readonly ranked: readonly Slot[];
  readonly known: KnownTrailers;
  readonly onTrouble: OnTrouble;
};

export class OpenShards {
  readonly #parts: OpenShardsParts;
  readonly #byIndex = new Map<number, OpenShard>();
  readonly #found = new Map<Slot, number>();
  readonly #unread = new Set<Slot>();
  readonly #readers: PlacedReader[] = [];
  /** Slots that have not been asked. */
  readonly #unasked: Set<Slot>;
  #stripes: Stripes | undefined;
  #closed = false;

  constructor(parts: OpenShardsParts) {
    this.#parts = parts;
    this.#unasked = new Set(parts.ranked);
  }

  /** Of the blob; known once one shard was found. */
  get stripes(): Stripes | undefined {
    return this.#stripes;
  }

  get(index: number): OpenShard | undefined {
    return this.#byIndex.get(index);
  }

  /** Which shard each slot has, of those that could be asked. */
  get found(): ReadonlyMap<Slot, number> {
    return this.#found;
  }

  /** Slots of which a drive could not give its shard this time, which says nothing of the shard. */
  get unread(): ReadonlySet<Slot> {
    return this.#unread;
  }

  get indexes(): readonly number[] {
    return [...this.#byIndex.keys()].toSorted((left, right) => left - right);
  }

  /** Opens the shards of data, and all others only if those are not all at home. */
  async openData(): Promise<void> {
    const { scheme, ranked } = this.#parts;
    await this.#ask(ranked.slice(0, scheme.dataShards));
    for (let index = 0; index < scheme.dataShards; index++) {
      if (!this.#byIndex.has(index)) return this.openAll();
    }
  }

  async openAll(): Promise<void> {
    await this.#ask([...this.#unasked]);
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#readers.splice(0)) reader.close();
  }

  async #ask(slots: readonly Slot[]): Promise<void> {
    const asked = slots.filter((slot) => this.#unasked.delete(slot));
    const outcomes = await Promise.allSettled(asked.map((slot) => this.#open(slot)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #open(slot: Slot): Promise<void> {
    const { blob, onTrouble } = this.#parts;
    const { store } = slot;
    if (store === undefined) return;
    try {
      const reader = await store.open(blob);
      if (reader === undefined) {
        if (this.#isHome(slot)) onTrouble({ blob, slot, error: undefined });
        return;
      }
      if (this.#closed) return reader.close();
      this.#readers.push(reader);
      this.#add(slot, { reader, trailer: await this.#trailerOf(reader) });
    } catch (error) {
      if (!isDriveTrouble(error)) throw error;
      if (!(error instanceof BlobDamagedError)) this.#unread.add(slot);
      onTrouble({ blob, slot, error });
    }
  }

  #isHome(slot: Slot): boolean {
    const { ranked, scheme } = this.#parts;
    return ranked.indexOf(slot) < shardCount(scheme);
  }

  #add(slot: Slot, { reader, trailer }: { reader: PlacedReader; trailer: Trailer }): void {
    const { index, sizeBytes } = trailer;
    const { blob, scheme } = this.#parts;
    this.#stripes ??= new Stripes(scheme, sizeBytes);
    if (this.#stripes.sizeBytes !== sizeBytes) {
      throw new BlobDamagedError(blob, { detail: 'its shards do not agree on its size' });
    }
    this.#found.set(slot, index);
    if (!this.#byIndex.has(index)) this.#byIndex.set(index, { slot, index, reader });
  }

  async #trailerOf(reader: PlacedReader): Promise<Trailer> {
    const { blob, scheme, known } = this.#parts;
    const remembered = known.get(reader.place.name);
    if (remembered !== undefined) return remembered;
    const shardBytes = reader.sizeBytes;
    const bytes = Buffer.alloc(trailerBytes);
    let filled = 0;
    const range = {
      start: Math.max(0, shardBytes - trailerBytes),
      length: Math.min(shardBytes, trailerBytes),
    };
    for await (const chunk of reader.read(range)) {
      bytes.set(chunk, filled);
      filled += chunk.byteLength;
    }
    const trailer = decodeTrailer(bytes.subarray(0, filled), { scheme, shardBytes });
    if (trailer === undefined) throw new BlobDamagedError(blob, { detail: 'a shard has no trailer' });
    known.set(reader.place.name, trailer);
    return trailer;
  }
}

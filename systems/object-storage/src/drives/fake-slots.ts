// Four drives in memory that hold a blob of two stripes' units under 2+2, for tests of what reads and heals shards.

import type { DriveStore, KnownPlace, PlacedReader, PromptChunks } from '../data/data-store.ts';
import { namedPlace } from '../data/reading/place-cache.ts';
import { rankSlots } from './layout/placement.ts';
import { encodeTrailer, unitBytesMax } from './layout/stripes.ts';
import type { Slot } from './set/slot.ts';

export const scheme = { dataShards: 2, parityShards: 2 };
const sizeBytes = scheme.dataShards * unitBytesMax;

/** Shard `index`, whose unit is filled with it. */
export function shardOf(index: number): Buffer {
  return Buffer.concat([Buffer.alloc(unitBytesMax, index), encodeTrailer({ ...scheme, index, sizeBytes })]);
}

export class FakeSlot implements Slot {
  readonly number: number;
  readonly folder: string;
  readonly placement: number;
  readonly drive: string;
  readonly generation = 1;
  readonly missed = false;
  readonly reason = '';
  readonly freeBytes = 0;
  /** Waited for by every read. */
  beforeRead: (() => Promise<void>) | undefined;
  reads = 0;
  #shard: { readonly bytes: Buffer; readonly place: KnownPlace } | undefined;

  constructor(number: number) {
    this.number = number;
    this.placement = number;
    this.folder = `drive-${number}`;
    this.drive = this.folder;
  }

  /** What it has of the blob from now on; who has opened it reads on what was there before. */
  put(bytes: Buffer | undefined): void {
    const place = namedPlace({ log: 0, sizeBytes: bytes?.byteLength ?? 0, runs: [] });
    this.#shard = bytes && { bytes, place };
  }

  readonly store = {
    isSpaceShort: false,
    open: async () => this.#open(),
  } as unknown as DriveStore;

  #open(): PlacedReader | undefined {
    if (this.#shard === undefined) return undefined;
    const { bytes, place } = this.#shard;
    const read = async function* (slot: FakeSlot, start: number, length: number): AsyncGenerator<Uint8Array> {
      slot.reads++;
      await slot.beforeRead?.();
      // In units, as the blocks of a segment.
      for (let at = start; at < start + length; at += unitBytesMax) {
        yield bytes.subarray(at, Math.min(at + unitBytesMax, start + length));
      }
    };
    return {
      ...{ place, sizeBytes: bytes.byteLength },
      read: ({ start, length }) => notCached(read(this, start, length)),
      close: () => {},
    };
  }
}

/** Chunks of which none is ever at hand. */
export function notCached(chunks: AsyncGenerator<Uint8Array>): PromptChunks {
  return Object.assign(chunks, { nextCached: () => undefined, release: () => {} });
}

/** In the order of the blob's ranks, each with the shard whose home it is. */
export function fakeSlots(blob: string): readonly FakeSlot[] {
  const count = scheme.dataShards + scheme.parityShards;
  const slots = rankSlots(
    blob,
    Array.from({ length: count }, (_, number) => new FakeSlot(number + 1)),
  );
  for (const [index, slot] of slots.entries()) slot.put(shardOf(index));
  return slots;
}

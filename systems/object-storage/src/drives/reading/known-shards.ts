// Which shard of a blob a drive has, of blobs that were read lately, in bounded memory: two generations, as the places of
// blobs. What is remembered only says what to expect: that the drive has the shard at all, its own index says.

import type { Trailer } from '../layout/stripes.ts';
import type { Slot } from '../set/slot.ts';

type Entry = Map<string, Trailer>;

export class KnownShards {
  readonly #blobsMax: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();

  /** Holds at most twice as many blobs. */
  constructor(options: { readonly blobsMax: number }) {
    this.#blobsMax = options.blobsMax;
  }

  /** Of the drive that fills the slot now: another may have another shard. */
  get(blob: string, slot: Slot): Trailer | undefined {
    const young = this.#young.get(blob);
    if (young !== undefined) return young.get(slot.drive);
    const old = this.#old.get(blob);
    if (old === undefined) return undefined;
    this.#keep(blob, old);
    return old.get(slot.drive);
  }

  set(blob: string, slot: Slot, trailer: Trailer): void {
    const entry = this.#young.get(blob) ?? this.#old.get(blob) ?? new Map<string, Trailer>();
    entry.set(slot.drive, trailer);
    this.#keep(blob, entry);
  }

  forget(blobs: readonly string[]): void {
    for (const blob of blobs) {
      this.#young.delete(blob);
      this.#old.delete(blob);
    }
  }

  #keep(blob: string, entry: Entry): void {
    this.#young.set(blob, entry);
    if (this.#young.size <= this.#blobsMax) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

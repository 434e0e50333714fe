// The Bloom filter over all fingerprints of a repository that clients keep copies of: what it denies is definitely new, and
// need not be asked. It only ever grows between rebuilds, so an old copy says "new" to more than it should, which costs an
// upload, and never hides what is new.
//
// A rebuild follows when it holds more than it was made for, or when a third of it was dropped; keys come in pieces, and
// what is registered meanwhile goes into both.

import { BloomFilter } from '@cairn/hashing';
import { keyBytes } from './fingerprint-map.ts';
import type { Keys } from './index-shard.ts';

export type LookupFilterSource = {
  /** Entries that `keys` will give, about. */
  size(): number;
  keys(): AsyncIterable<Keys>;
  /** Between pieces. */
  pause(): Promise<void>;
};

export class LookupFilter {
  readonly #source: LookupFilterSource;
  #current: BloomFilter;
  #next: BloomFilter | undefined;
  #keysMax: number;
  #dropped = 0;
  #generation: number;

  private constructor(source: LookupFilterSource, { generation }: { readonly generation: number }) {
    this.#source = source;
    this.#generation = generation;
    this.#keysMax = 0;
    this.#current = this.#empty();
  }

  /** `generation` differs from that of every filter that this repository's clients may hold. */
  static async build(
    source: LookupFilterSource,
    options: { readonly generation: number },
  ): Promise<LookupFilter> {
    const filter = new LookupFilter(source, options);
    await filter.#fill(filter.#current);
    return filter;
  }

  /** Changes with its content: `GENERATION-KEYS`. */
  get version(): string {
    return `${this.#generation}-${this.#current.keyCount}`;
  }

  serialise(): Buffer {
    return this.#current.serialise();
  }

  /** Adds keys that are known from now on. */
  add(keys: Keys): void {
    for (let offset = 0; offset < keys.length; offset += keyBytes) {
      this.#current.add(keys, offset);
      this.#next?.add(keys, offset);
    }
  }

  /** Counts what is in it and should not be. */
  noteDropped(keyCount: number): void {
    this.#dropped += keyCount;
  }

  /** Resolves at once when there is nothing to do, or when it is being done. */
  async rebuildWhenWorthIt(): Promise<void> {
    const { keyCount } = this.#current;
    if (keyCount <= this.#keysMax && this.#dropped * 3 < keyCount) return;
    if (this.#next !== undefined) return;
    this.#dropped = 0;
    this.#next = this.#empty();
    try {
      await this.#fill(this.#next);
      this.#current = this.#next;
      this.#generation += 1;
    } finally {
      this.#next = undefined;
    }
  }

  #empty(): BloomFilter {
    this.#keysMax = Math.max(keysAtLeast, Math.ceil(this.#source.size() * headroom));
    return BloomFilter.for({ keysMax: this.#keysMax, falsePositiveRate });
  }

  async #fill(filter: BloomFilter): Promise<void> {
    for await (const keys of this.#source.keys()) {
      for (let offset = 0; offset < keys.length; offset += keyBytes) filter.add(keys, offset);
      await this.#source.pause();
    }
  }
}

const falsePositiveRate = 0.01;
const headroom = 1.5;
/** 80 KiB. */
const keysAtLeast = 65_536;

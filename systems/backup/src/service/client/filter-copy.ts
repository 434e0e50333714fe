// A client's own copy of a repository's Bloom filter. What it denies is definitely new as of its version: an old copy makes a
// chunk be uploaded twice at worst.

import { BloomFilter, InvalidBloomFilter } from '@cairn/hashing';
import type { Clock } from '@cairn/world';
import { BackupError } from '../../errors.ts';

export type FetchedFilter = { readonly version: string; readonly bytes: Uint8Array };

export type FilterCopyOptions = {
  readonly clock: Clock;
  /** Undefined when `version` is still the version. */
  readonly fetch: (version: string | undefined) => Promise<FetchedFilter | undefined>;
};

export class FilterCopy {
  readonly #options: FilterCopyOptions;
  #filter: BloomFilter | undefined;
  #version: string | undefined;
  #fetchedMs = 0;

  constructor(options: FilterCopyOptions) {
    this.#options = options;
  }

  /** The filter, fetched anew when it is older than ten minutes. Rejects as `fetch` does; `store` when what came is none. */
  async current(): Promise<BloomFilter> {
    const { clock } = this.#options;
    if (this.#filter !== undefined && clock.monotonicMs() - this.#fetchedMs < freshMs) return this.#filter;
    const fetched = await this.#options.fetch(this.#version);
    if (fetched !== undefined) {
      this.#filter = parseFilter(fetched.bytes);
      this.#version = fetched.version;
    }
    this.#fetchedMs = clock.monotonicMs();
    return this.#filter!;
  }
}

function parseFilter(bytes: Uint8Array): BloomFilter {
  try {
    return BloomFilter.parse(bytes);
  } catch (cause) {
    if (!(cause instanceof InvalidBloomFilter)) throw cause;
    throw new BackupError('store', { attempted: 'read the Bloom filter', detail: cause.message, cause });
  }
}

const freshMs = 10 * 60_000;

// Which chunks a session may refer to: those that the index knows outside of condemned packs, and those that it stored itself
// (DESIGN.md, W2 and W3).

import type { ChunkIndex } from '../core/repository.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';

const fingerprintBytes = 32;

export class KnownChunks {
  readonly #index: ChunkIndex;
  readonly #condemned: ReadonlySet<string>;
  readonly #stored = FingerprintTable.create();

  constructor(index: ChunkIndex) {
    this.#index = index;
    this.#condemned = new Set(index.packs.filter(({ condemned }) => condemned).map(({ id }) => id));
  }

  /** Whether nothing is condemned: then what is indexed is known (W3's exception rests on it). */
  get nothingCondemned(): boolean {
    return this.#condemned.size === 0;
  }

  has(fingerprint: Uint8Array): boolean {
    return this.#stored.has(fingerprint) || this.#isIndexed(fingerprint);
  }

  /** True when it was not known: then the caller stores it. */
  claim(fingerprint: Uint8Array): boolean {
    return !this.#isIndexed(fingerprint) && this.#stored.claim(fingerprint) === 'claimed';
  }

  /** Those of `fingerprints` (n x 32 bytes) that are not known, each once, in their order. */
  unknownAmong(fingerprints: Uint8Array): Uint8Array {
    const unknown: Uint8Array[] = [];
    const met = new Set<string>();
    for (let offset = 0; offset < fingerprints.length; offset += fingerprintBytes) {
      const fingerprint = fingerprints.subarray(offset, offset + fingerprintBytes);
      if (this.has(fingerprint)) continue;
      const key = Buffer.from(fingerprint).toString('latin1');
      if (met.has(key)) continue;
      met.add(key);
      unknown.push(fingerprint);
    }
    return Buffer.concat(unknown);
  }

  #isIndexed(fingerprint: Uint8Array): boolean {
    if (this.nothingCondemned) return this.#index.locate(fingerprint) !== undefined;
    return this.#index.copies(fingerprint).some(({ packId }) => !this.#condemned.has(packId));
  }
}

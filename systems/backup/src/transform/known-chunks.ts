// Which chunks a session may refer to: those that a writer may rely on, and those that it stored itself (DESIGN.md, W2 and W3).

import type { ChunkIndex } from '../core/repository.ts';
import { FingerprintTable } from '../packing/fingerprint-table.ts';
import { fingerprintBytes } from '../packing/fingerprinter.ts';

export class KnownChunks {
  readonly #index: ChunkIndex;
  readonly #stored = FingerprintTable.create();

  constructor(index: ChunkIndex) {
    this.#index = index;
  }

  has(fingerprint: Uint8Array): boolean {
    return this.#index.isKnown(fingerprint) || this.#stored.has(fingerprint);
  }

  /** True when it was not known: then the caller stores it. */
  claim(fingerprint: Uint8Array): boolean {
    return !this.#index.isKnown(fingerprint) && this.#stored.claim(fingerprint) === 'claimed';
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
}

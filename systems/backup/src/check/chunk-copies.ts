// Which chunks are lost: those without any copy that can be read. A copy is what the index says, less what was found
// missing or damaged; each such finding is remembered as the cause.

import assert from 'node:assert/strict';
import type { ChunkIndex } from '../core/repository.ts';

/** The number of a finding. */
export type Cause = number;
/** The cause where nothing but the lack of an index entry is known. */
export const unindexed: Cause = -1;

const fingerprintBytes = 32;

export class ChunkCopies {
  readonly #index: Pick<ChunkIndex, 'locate' | 'copies'>;
  readonly #bad: ReadonlyMap<string, BadCopies>;

  constructor(index: Pick<ChunkIndex, 'locate' | 'copies'>, badCopies: BadChunkCopies) {
    this.#index = index;
    this.#bad = badCopies.byFingerprint;
  }

  /**
   * Raw bytes of a chunk that can be read, or the cause why it cannot. `fingerprints` holds 32 bytes at each multiple of
   * 32; this one begins at `offset`.
   */
  find(fingerprints: Uint8Array, offset: number): { rawBytes: number } | { cause: Cause } {
    const fingerprint = fingerprints.subarray(offset, offset + fingerprintBytes);
    const bad = this.#bad.size === 0 ? undefined : this.#bad.get(keyOf(fingerprint));
    if (bad === undefined) return this.#index.locate(fingerprint) ?? { cause: unindexed };
    const good = this.#index.copies(fingerprint).find((copy) => !bad.packs.has(copy.packId));
    return good ?? { cause: bad.cause };
  }

  /**
   * Chunks that were found to be lost, by a cause that `counts`: what `gc` deleted meanwhile is lost to nobody. Those that no
   * index object ever knew are not among them.
   */
  countLost(counts: (cause: Cause) => boolean): number {
    let lost = 0;
    for (const key of this.#bad.keys()) {
      const found = this.find(Buffer.from(key, 'latin1'), 0);
      if ('cause' in found && counts(found.cause)) lost += 1;
    }
    return lost;
  }
}

type BadCopies = { readonly packs: Set<string>; readonly cause: Cause };

/** Collects copies that cannot be read. The first cause of a chunk is kept. About 300 bytes a chunk. */
export class BadChunkCopies {
  readonly byFingerprint = new Map<string, BadCopies>();

  add(fingerprint: Uint8Array, packId: string, cause: Cause): void {
    assert(fingerprint.length === fingerprintBytes, `a fingerprint has 32 bytes, not ${fingerprint.length}`);
    const key = keyOf(fingerprint);
    const known = this.byFingerprint.get(key);
    if (known === undefined) this.byFingerprint.set(key, { packs: new Set([packId]), cause });
    else known.packs.add(packId);
  }
}

/** One character a byte: the cheapest string that V8 can make of bytes. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

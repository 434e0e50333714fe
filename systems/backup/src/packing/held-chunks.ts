// Chunks whose fate the service decides: their raw bytes are kept until it has answered (`lookup: 'ask'`).
//
// One piece of memory for all, used again after each answer.

import assert from 'node:assert/strict';
import { fingerprintBytes } from './fingerprinter.ts';

export type HeldChunk = { readonly fingerprint: Uint8Array; readonly raw: Uint8Array };

export class HeldChunks {
  #memory = new Uint8Array(0);
  #fingerprints = new Uint8Array(0);
  #used = 0;
  #ends: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  /** Raw bytes that are held. */
  get sizeBytes(): number {
    return this.#used;
  }

  /** Copies both. */
  add(fingerprint: Uint8Array, raw: Uint8Array): void {
    const place = this.#ends.length * fingerprintBytes;
    this.#memory = withRoom(this.#memory, this.#used, raw.length);
    this.#fingerprints = withRoom(this.#fingerprints, place, fingerprintBytes);
    this.#memory.set(raw, this.#used);
    this.#fingerprints.set(fingerprint, place);
    this.#used += raw.length;
    this.#ends.push(this.#used);
  }

  /** The fingerprints of all that is held, n x 32 bytes in memory of their own. */
  questions(): Uint8Array {
    return this.#fingerprints.slice(0, this.#ends.length * fingerprintBytes);
  }

  /** Empties it; gives those chunks whose byte of `known` is 0, valid until the next `add`. */
  *takeUnknown(known: Uint8Array): Generator<HeldChunk, void, void> {
    const ends = this.#ends;
    assert(known.length === ends.length, 'every question has its answer');
    this.#ends = [];
    this.#used = 0;
    for (const [index, end] of ends.entries()) {
      if (known[index] !== 0) continue;
      const place = index * fingerprintBytes;
      yield {
        fingerprint: this.#fingerprints.subarray(place, place + fingerprintBytes),
        raw: this.#memory.subarray(index === 0 ? 0 : ends[index - 1], end),
      };
    }
  }
}

function withRoom(memory: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used + more <= memory.length) return memory;
  const larger = new Uint8Array(Math.max(used + more, memory.length * 2));
  larger.set(memory.subarray(0, used));
  return larger;
}

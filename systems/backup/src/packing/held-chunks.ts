// Chunks whose fate the service decides: their raw bytes are kept until it has answered (`lookup: 'ask'`).
//
// A queue in one piece of memory: questions are given out once, answers come in their order.

import assert from 'node:assert/strict';
import { fingerprintBytes } from './fingerprinter.ts';

export type HeldChunk = { readonly fingerprint: Uint8Array; readonly raw: Uint8Array };

export class HeldChunks {
  #memory = new Uint8Array(0);
  #fingerprints = new Uint8Array(0);
  #lengths: number[] = [];
  #bytes = 0;
  #asked = 0;

  /** Raw bytes that are held. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Copies both. */
  add(fingerprint: Uint8Array, raw: Uint8Array): void {
    const place = this.#lengths.length * fingerprintBytes;
    this.#memory = withRoom(this.#memory, this.#bytes, raw.length);
    this.#fingerprints = withRoom(this.#fingerprints, place, fingerprintBytes);
    this.#memory.set(raw, this.#bytes);
    this.#fingerprints.set(fingerprint, place);
    this.#bytes += raw.length;
    this.#lengths.push(raw.length);
  }

  /** The fingerprints that were not given out yet, n x 32 bytes in memory of their own. */
  takeQuestions(): Uint8Array {
    const first = this.#asked * fingerprintBytes;
    this.#asked = this.#lengths.length;
    return this.#fingerprints.slice(first, this.#asked * fingerprintBytes);
  }

  /** Answers the oldest questions, a byte for each: those chunks that are not known (0) go to `store`; all are let go. */
  answer(known: Uint8Array, store: (chunk: HeldChunk) => void): void {
    assert(known.length <= this.#asked, 'there are no answers without questions');
    let offset = 0;
    for (const [index, answer] of known.entries()) {
      const end = offset + this.#lengths[index]!;
      const place = index * fingerprintBytes;
      const fingerprint = this.#fingerprints.subarray(place, place + fingerprintBytes);
      if (answer === 0) store({ fingerprint, raw: this.#memory.subarray(offset, end) });
      offset = end;
    }
    this.#letGo(known.length, offset);
  }

  #letGo(count: number, bytes: number): void {
    this.#memory.copyWithin(0, bytes, this.#bytes);
    this.#fingerprints.copyWithin(0, count * fingerprintBytes, this.#lengths.length * fingerprintBytes);
    this.#lengths = this.#lengths.slice(count);
    this.#bytes -= bytes;
    this.#asked -= count;
  }
}

function withRoom(memory: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used + more <= memory.length) return memory;
  const larger = new Uint8Array(Math.max(used + more, memory.length * 2));
  larger.set(memory.subarray(0, used));
  return larger;
}

// The chunks that small ranges were cut from: who reads a file piece by piece (a player, a mounted folder) asks for the same chunk
// again and again, and a chunk is only ever read, decrypted and checked whole.

import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import { WeightedCache } from '../tree/weighted-cache.ts';
import type { ContentSource } from './read-content.ts';

const keptBytesMax = 32 * 1024 * 1024;
/** A range that lies in more is no small one: its chunks would only push the others out. */
const chunksMax = 2;

export class RecentChunks implements ContentSource {
  readonly #source: ContentSource;
  readonly #kept = new WeightedCache<Uint8Array>(keptBytesMax);

  constructor(source: ContentSource) {
    this.#source = source;
  }

  readChunks(fingerprints: Uint8Array, options: { readonly signal: AbortSignal }): AsyncIterable<Uint8Array> {
    const few = fingerprints.length <= chunksMax * fingerprintBytes;
    return few ? this.#readFew(fingerprints, options) : this.#source.readChunks(fingerprints, options);
  }

  async *#readFew(
    fingerprints: Uint8Array,
    options: { readonly signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < fingerprints.length; at += fingerprintBytes) {
      const fingerprint = fingerprints.subarray(at, at + fingerprintBytes);
      const kept = this.#kept.get(keyOf(fingerprint));
      if (kept !== undefined) yield kept;
      else yield* this.#readOne(fingerprint, options);
    }
  }

  async *#readOne(
    fingerprint: Uint8Array,
    options: { readonly signal: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source.readChunks(fingerprint, options)) {
      // What is kept may be a view of more.
      this.#kept.set(keyOf(fingerprint), chunk, chunk.buffer.byteLength);
      yield chunk;
    }
  }
}

function keyOf(fingerprint: Uint8Array): string {
  return Buffer.from(fingerprint).toString('latin1');
}

// The chunks of many small files in their order, read together. When one of them cannot be read, the files are read one by one
// from there on, so that the error is that of the file that has it.

import type { Repository } from '../../core/repository.ts';
import { damaged } from '../../format/damaged.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';

export type DumpSource = Pick<Repository, 'readChunks'>;
export type DumpOptions = { readonly signal?: AbortSignal };

export class ChunkFeed {
  readonly #source: DumpSource;
  readonly #options: DumpOptions;
  #together: AsyncIterator<Uint8Array> | undefined;

  /** `all` is what the calls of `of` will ask for, one after another. */
  constructor(source: DumpSource, all: readonly Uint8Array[], options: DumpOptions) {
    this.#source = source;
    this.#options = options;
    this.#together = this.#read(Buffer.concat(all));
  }

  /** The chunks of the next file. */
  async *of(fingerprints: Uint8Array): AsyncIterable<Uint8Array> {
    const count = fingerprints.length / fingerprintBytes;
    for (let given = 0; given < count; given += 1) {
      const chunk = await this.#nextTogether();
      if (chunk === undefined) {
        yield* this.#source.readChunks(fingerprints.subarray(given * fingerprintBytes), this.#options);
        return;
      }
      yield chunk;
    }
  }

  async close(): Promise<void> {
    await this.#together?.return?.();
  }

  async #nextTogether(): Promise<Uint8Array | undefined> {
    if (this.#together === undefined) return undefined;
    try {
      const next = await this.#together.next();
      if (next.done) throw damaged('a file', 'a chunk is missing');
      return next.value;
    } catch {
      // Asked for again alone, where it fails under its own name.
      this.#together = undefined;
      return undefined;
    }
  }

  #read(fingerprints: Uint8Array): AsyncIterator<Uint8Array> {
    return this.#source.readChunks(fingerprints, this.#options)[Symbol.asyncIterator]();
  }
}

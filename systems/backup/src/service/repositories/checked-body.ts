// A body on its way into a repository: its bytes are counted against the quota as they come, and those of an object that is
// named by its hash are hashed, so that nobody takes the name of a pack for something else.

import { Blake3Hasher } from '@napi-rs/blake-hash';
import { BackupError } from '../../errors.ts';
import { asBuffer } from '../../packing/fingerprinter.ts';
import type { Usage } from './usage.ts';

export class CheckedBody implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #usage: Usage;
  readonly #attempted: string;
  readonly #contentHash: string | undefined;
  readonly #makesRoom: boolean;
  #counted = 0;

  constructor(
    body: AsyncIterable<Uint8Array>,
    options: {
      readonly usage: Usage;
      readonly attempted: string;
      readonly contentHash: string | undefined;
      /** It may go beyond the quota, by the reserve. */
      readonly makesRoom: boolean;
    },
  ) {
    this.#body = body;
    this.#usage = options.usage;
    this.#attempted = options.attempted;
    this.#contentHash = options.contentHash;
    this.#makesRoom = options.makesRoom;
  }

  /** Throws `BackupError`: `quota-exceeded`, or `damaged` when the bytes are not what the name says. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const hasher = this.#contentHash === undefined ? undefined : new Blake3Hasher();
    for await (const piece of this.#body) {
      this.#usage.take(piece.length, this.#attempted, { makesRoom: this.#makesRoom });
      this.#counted += piece.length;
      hasher?.update(asBuffer(piece));
      yield piece;
    }
    if (hasher !== undefined && hasher.digest() !== this.#contentHash) {
      const detail = 'its bytes do not have the hash that it is named after';
      throw new BackupError('damaged', { attempted: this.#attempted, detail });
    }
  }

  /** It was not stored. */
  giveBack(): void {
    this.#usage.giveBack(this.#counted);
    this.#counted = 0;
  }
}

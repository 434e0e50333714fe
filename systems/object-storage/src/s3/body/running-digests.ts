// Several digests over the same bytes. What comes in one piece, as most small objects do, is digested in one call at the
// end, which costs half of what the incremental way does.

import assert from 'node:assert/strict';
import { type Checksum, type ChecksumAlgorithm, checksumOf, createChecksum } from '@cairn/hashing';

export class RunningDigests {
  readonly #algorithms: ReadonlySet<ChecksumAlgorithm>;
  readonly #digests = new Map<ChecksumAlgorithm, Buffer>();
  #running: Map<ChecksumAlgorithm, Checksum> | undefined;
  /** The first piece, while there is no other. It must not change. */
  #only: Uint8Array | undefined;

  constructor(algorithms: Iterable<ChecksumAlgorithm>) {
    this.#algorithms = new Set(algorithms);
  }

  update(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#running === undefined && this.#only === undefined) {
      this.#only = bytes;
      return;
    }
    if (this.#only !== undefined) this.#start(this.#only);
    for (const checksum of this.#running!.values()) checksum.update(bytes);
  }

  finish(): void {
    for (const algorithm of this.#algorithms) {
      const running = this.#running?.get(algorithm);
      this.#digests.set(algorithm, running?.digest() ?? checksumOf(algorithm, this.#only ?? nothing));
    }
  }

  /** After `finish`, of an algorithm that was asked for. */
  get(algorithm: ChecksumAlgorithm): Buffer {
    const digest = this.#digests.get(algorithm);
    assert(
      digest !== undefined,
      `the digest ${algorithm} was asked for from the start, and is there after finish`,
    );
    return digest;
  }

  #start(first: Uint8Array): void {
    this.#only = undefined;
    this.#running = new Map();
    for (const algorithm of this.#algorithms) {
      const checksum = createChecksum(algorithm);
      checksum.update(first);
      this.#running.set(algorithm, checksum);
    }
  }
}

const nothing = new Uint8Array(0);

// Several digests over the same bytes. What comes in one piece, as most small objects do, is digested in one call at the
// end, which costs half of what the incremental way does.

import assert from 'node:assert/strict';
import { type Checksum, type ChecksumAlgorithm, checksumOf, createChecksum } from '@cairn/hashing';

export class RunningDigests {
  readonly #algorithms: readonly ChecksumAlgorithm[];
  #digests: readonly Buffer[] | undefined;
  #running: readonly Checksum[] | undefined;
  /** The first piece, while there is no other. It must not change. */
  #only: Uint8Array | undefined;

  constructor(algorithms: Iterable<ChecksumAlgorithm>) {
    this.#algorithms = [...new Set(algorithms)];
  }

  update(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#running === undefined && this.#only === undefined) {
      this.#only = bytes;
      return;
    }
    this.#running ??= this.#start();
    for (const checksum of this.#running) checksum.update(bytes);
  }

  finish(): void {
    this.#digests =
      this.#running?.map((checksum) => checksum.digest()) ??
      this.#algorithms.map((algorithm) => checksumOf(algorithm, this.#only ?? nothing));
  }

  /** After `finish`, of an algorithm that was asked for. */
  get(algorithm: ChecksumAlgorithm): Buffer {
    const digest = this.#digests?.[this.#algorithms.indexOf(algorithm)];
    assert(
      digest !== undefined,
      `the digest ${algorithm} was asked for from the start, and is there after finish`,
    );
    return digest;
  }

  #start(): readonly Checksum[] {
    const first = this.#only ?? nothing;
    this.#only = undefined;
    return this.#algorithms.map((algorithm) => {
      const checksum = createChecksum(algorithm);
      checksum.update(first);
      return checksum;
    });
  }
}

const nothing = new Uint8Array(0);

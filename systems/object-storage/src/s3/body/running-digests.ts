// Several digests over the same bytes. What comes in one piece, as most small objects do, is digested in one call at the
// end, which costs half of what the incremental way does; its MD5, where nothing is held against it, later and beside others.

import assert from 'node:assert/strict';
import { type Checksum, type ChecksumAlgorithm, checksumOf, createChecksum } from '@cairn/hashing';
import type { LateDigest, LateMd5 } from '@cairn/hashing/late-digests';

export class RunningDigests {
  readonly #algorithms: readonly ChecksumAlgorithm[];
  readonly #lateMd5: LateMd5 | undefined;
  #md5: LateDigest | undefined;
  #digests: readonly Buffer[] | undefined;
  #running: readonly Checksum[] | undefined;
  /** The first piece, while there is no other. It must not change. */
  #only: Uint8Array | undefined;

  /** MD5 is always one of them. With `lateMd5` only `md5` gives it of what came in one piece. */
  constructor(algorithms: readonly ChecksumAlgorithm[], lateMd5?: LateMd5) {
    this.#algorithms = algorithms;
    this.#lateMd5 = lateMd5;
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
    if (this.#running !== undefined) this.#digests = this.#running.map((checksum) => checksum.digest());
    else this.#finishOnly(this.#only ?? nothing);
  }

  #finishOnly(only: Uint8Array): void {
    this.#md5 = this.#lateMd5?.later(only);
    this.#digests =
      this.#md5 !== undefined && this.#algorithms.length === 1
        ? notYet
        : this.#algorithms.map((algorithm) =>
            algorithm === 'md5' && this.#md5 !== undefined ? nothing : checksumOf(algorithm, only),
          );
  }

  /** After `finish`, of an algorithm that was asked for. */
  get(algorithm: ChecksumAlgorithm): Buffer {
    const digest = this.#digests?.[this.#algorithms.indexOf(algorithm)];
    assert(
      digest !== undefined && digest.length > 0,
      `the digest ${algorithm} was asked for from the start, and is there after finish`,
    );
    return digest;
  }

  /** After `finish`, in hexadecimal. */
  md5(): string {
    return this.#md5 === undefined ? this.get('md5').toString('hex') : this.#lateMd5!.take(this.#md5);
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

const nothing = Buffer.alloc(0);
const notYet: readonly Buffer[] = [nothing];

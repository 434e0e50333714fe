// The chain of signatures over the chunks of a body: each covers its chunk and the signature before it, the first
// being the request's own; the trailer closes the chain.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html

import { createHash, type Hash, hash } from 'node:crypto';
import { equalDigest, hmacSha256Hex } from '@cairn/hashing';

export type ChunkSignatureSeed = {
  readonly key: Buffer;
  /** Date and scope as in the request's own string to sign. */
  readonly date: string;
  readonly scope: string;
  /** The signature of the request. */
  readonly signature: string;
};

const emptySha256 = hash('sha256', '');

export class ChunkSignatures {
  readonly #seed: ChunkSignatureSeed;
  #previous: string;
  #hash: Hash = createHash('sha256');

  constructor(seed: ChunkSignatureSeed) {
    this.#seed = seed;
    this.#previous = seed.signature;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends a chunk: whether `signature` is that of the bytes since the last one. */
  endChunk(signature: string): boolean {
    const digest = this.#hash.digest('hex');
    this.#hash = createHash('sha256');
    return this.#next('AWS4-HMAC-SHA256-PAYLOAD', `${emptySha256}\n${digest}`, signature);
  }

  /** `canonical` is `name:value` LF for each trailer, in the order sent. */
  endTrailer(canonical: string, signature: string): boolean {
    return this.#next('AWS4-HMAC-SHA256-TRAILER', hash('sha256', canonical), signature);
  }

  #next(algorithm: string, digests: string, signature: string): boolean {
    const { key, date, scope } = this.#seed;
    const text = `${algorithm}\n${date}\n${scope}\n${this.#previous}\n${digests}`;
    this.#previous = hmacSha256Hex(key, text);
    return equalDigest(this.#previous, signature);
  }
}

// A body on its way in: bytes, and what was computed over them while they passed.
//
// The digests are computed once, by whoever produces the body: the S3 edge while it decodes and verifies, `objectBody`
// for library users. A body that turns out wrong (short, wrong digest, bad signature) throws from `chunks` before it
// ends, and nothing is stored.

import { type ChecksumAlgorithm, createChecksum } from '@cairn/hashing';
import type { StoredChecksum } from './object-storage.ts';

export type ObjectBody = {
  /**
   * Pulled one at a time. A chunk does not change until `writeLookBackBytes` behind it were pulled, or the operation that was
   * given the body settles: it is written without being copied, and nobody looks at it any more then.
   */
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Known in advance or undefined. Only a hint: what counts is what `chunks` gives. */
  readonly sizeBytes: number | undefined;
  /** To be called after the last chunk. */
  digests(): BodyDigests;
};

export type BodyDigests = {
  /** In hexadecimal. */
  readonly md5: string;
  /** The checksum that the client asked to be kept, full object, base64. */
  readonly checksum: { readonly algorithm: StoredChecksum['algorithm']; readonly value: string } | undefined;
};

/** A body from bytes in memory or from a stream, with MD5 and, when asked for, a checksum to keep beside the object. */
export function objectBody(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: { sizeBytes?: number; checksum?: StoredChecksum['algorithm'] } = {},
): ObjectBody {
  const md5 = createChecksum('md5');
  const kept =
    options.checksum === undefined ? undefined : createChecksum(options.checksum satisfies ChecksumAlgorithm);
  function digested(chunk: Uint8Array): Uint8Array {
    md5.update(chunk);
    kept?.update(chunk);
    return chunk;
  }
  function* atOnce(whole: Uint8Array): Iterable<Uint8Array> {
    yield digested(whole);
  }
  async function* streamed(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) yield digested(chunk);
  }
  return {
    chunks: source instanceof Uint8Array ? atOnce(source) : streamed(source),
    sizeBytes: source instanceof Uint8Array ? source.byteLength : options.sizeBytes,
    digests: () => ({
      md5: md5.digest().toString('hex'),
      checksum:
        kept === undefined
          ? undefined
          : { algorithm: options.checksum!, value: kept.digest().toString('base64') },
    }),
  };
}

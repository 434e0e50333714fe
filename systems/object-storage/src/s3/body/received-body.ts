// A request's body as the core takes it: payload out of its framing, its length enforced, everything the client said
// about it verified. A body that turns out wrong throws before its iterator ends, so nothing of it is stored.

import assert from 'node:assert/strict';
import type { ChecksumAlgorithm } from '@cairn/hashing';
import type { LateMd5 } from '@cairn/hashing/late-digests';
import type { BodyDigests, ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ChunkSignatures } from '../signature/chunk-signatures.ts';
import type { BodyDescription } from './body-description.ts';
import type { ByteSource } from './byte-source.ts';
import { type ChecksumClaim, checkedValue, checksumHeader } from './checksum-claim.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { RunningDigests } from './running-digests.ts';

export type ReceiveOptions = {
  /** The bytes of the request. Throws when the client goes away or stalls. */
  readonly source: ByteSource;
  /** Present when chunks are signed. */
  readonly signatures: ChunkSignatures | undefined;
  /** Makes the MD5 that nothing is held against. */
  readonly lateMd5?: LateMd5 | undefined;
};

/**
 * The body of a request. Besides what `source` throws, `chunks` throws IncompleteBody, BadDigest,
 * XAmzContentSHA256Mismatch, SignatureDoesNotMatch, InvalidChunkSizeError, MalformedTrailerError, InvalidRequest.
 */
export function receiveBody(description: BodyDescription, options: ReceiveOptions): ObjectBody {
  const received = new ReceivedChunks(description, options);
  const { readNow } = options.source;
  const chunks = readNow === undefined ? received : received.atOnce(readNow);
  return { sizeBytes: description.sizeBytes, chunks, digests: () => received.digests() };
}

/** Each once. */
function algorithmsOf({ sha256, checksum }: BodyDescription): readonly ChecksumAlgorithm[] {
  if (sha256 === undefined && checksum === undefined) return onlyMd5;
  const algorithms = new Set(onlyMd5);
  if (sha256 !== undefined) algorithms.add('sha256');
  if (checksum !== undefined) algorithms.add(checksum.algorithm);
  return [...algorithms];
}

const onlyMd5: readonly ChecksumAlgorithm[] = ['md5'];

/** Whether it has to be known before the body is stored. */
function isMd5Claimed({ md5, checksum }: BodyDescription): boolean {
  return md5 !== undefined || checksum?.algorithm === 'md5';
}

/** Not a generator: most bodies are one piece that is there, and cost less without its machinery. */
class ReceivedChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #description: BodyDescription;
  readonly #source: ByteSource;
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #digests: RunningDigests;
  /** What a piece holds, while it is decoded. */
  #decoding: Iterator<Uint8Array> | undefined;
  #receivedBytes = 0;
  #ended = false;

  constructor(description: BodyDescription, { source, signatures, lateMd5 }: ReceiveOptions) {
    const { sizeBytes, chunked } = description;
    this.#description = description;
    this.#source = source;
    if (chunked !== undefined) {
      assert(sizeBytes !== undefined, 'signed chunks come with a length');
      this.#decoder = new ChunkedDecoder({ sizeBytes, trailer: chunked.trailer, signatures });
    }
    this.#digests = new RunningDigests(
      algorithmsOf(description),
      isMd5Claimed(description) ? undefined : lateMd5,
    );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const decoded = this.#next();
      if (decoded !== undefined) return decoded;
      const read = this.#source.read();
      const payload = this.#received(read instanceof Promise ? await read : read);
      if (payload !== undefined) return payload;
    }
  }

  /** The same of a body that is there: no promise has to be waited for. */
  atOnce(readNow: () => Uint8Array | undefined): Iterable<Uint8Array> {
    const next = (): IteratorResult<Uint8Array> => {
      for (;;) {
        const payload = this.#next() ?? this.#received(readNow());
        if (payload !== undefined) return payload;
      }
    };
    return { [Symbol.iterator]: () => ({ next }) };
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#ended = true;
    return { done: true, value: undefined };
  }

  digests(): BodyDigests {
    const { checksum } = this.#description;
    return {
      md5: this.#digests.md5(),
      checksum: checksum && {
        algorithm: checksum.algorithm,
        value: this.#digests.get(checksum.algorithm).toString('base64'),
      },
    };
  }

  /** What is left of the piece that was decoded last, or the end; undefined: another piece is needed. */
  #next(): IteratorResult<Uint8Array> | undefined {
    if (this.#ended) return { done: true, value: undefined };
    const decoded = this.#decoding?.next();
    return decoded?.done === false ? this.#taken(decoded.value) : undefined;
  }

  /** The payload, where a piece is nothing else. */
  #received(piece: Uint8Array | undefined): IteratorResult<Uint8Array> | undefined {
    if (piece === undefined) this.#finish();
    else if (this.#decoder === undefined) return this.#taken(piece);
    else this.#decoding = this.#decoder.push(piece);
    return undefined;
  }

  #taken(payload: Uint8Array): IteratorResult<Uint8Array> {
    this.#receivedBytes += payload.length;
    this.#digests.update(payload);
    return { done: false, value: payload };
  }

  #finish(): void {
    this.#ended = true;
    this.#decoder?.finish();
    const description = this.#description;
    if (this.#receivedBytes !== (description.sizeBytes ?? this.#receivedBytes))
      throw new ObjectStorageError('IncompleteBody');
    const digests = this.#digests;
    digests.finish();
    verify(description, { digests, trailerChecksum: trailerChecksum(description, this.#decoder) });
  }
}

/** The checksum of the trailer. When one was announced it has to come, and nothing else may. */
function trailerChecksum(
  { chunked, checksum }: BodyDescription,
  decoder: ChunkedDecoder | undefined,
): string | undefined {
  if (decoder === undefined || !chunked?.trailer) return undefined;
  const announced = checksum?.from === 'trailer' ? checksum.algorithm : undefined;
  const name = announced && checksumHeader(announced);
  for (const present of decoder.trailers.names()) {
    if (present !== name) throw new ObjectStorageError('MalformedTrailerError');
  }
  if (announced === undefined || name === undefined) return undefined;
  const value = decoder.trailers.get(name);
  if (value === undefined) throw new ObjectStorageError('MalformedTrailerError');
  return checkedValue(announced, value);
}

function verify(
  { md5, sha256, checksum }: BodyDescription,
  { digests, trailerChecksum }: { digests: RunningDigests; trailerChecksum: string | undefined },
): void {
  if (sha256 !== undefined) verifySha256(digests.get('sha256').toString('hex'), sha256);
  if (md5 !== undefined) verifyMd5(digests.get('md5'), md5);
  const expected = checksum?.from === 'header' ? checksum.value : trailerChecksum;
  if (checksum !== undefined && expected !== undefined) verifyChecksum(checksum, { digests, expected });
}

function verifySha256(computed: string, claimed: string): void {
  if (computed === claimed) return;
  throw new ObjectStorageError('XAmzContentSHA256Mismatch', {
    fields: { ClientComputedContentSHA256: claimed, S3ComputedContentSHA256: computed },
  });
}

function verifyMd5(computed: Buffer, claimed: Buffer): void {
  if (computed.equals(claimed)) return;
  throw new ObjectStorageError('BadDigest', {
    fields: { ExpectedDigest: claimed.toString('base64'), CalculatedDigest: computed.toString('base64') },
  });
}

function verifyChecksum(
  { algorithm }: ChecksumClaim,
  { digests, expected }: { digests: RunningDigests; expected: string },
): void {
  if (digests.get(algorithm).toString('base64') === expected) return;
  throw new ObjectStorageError('BadDigest', {
    message: `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
  });
}

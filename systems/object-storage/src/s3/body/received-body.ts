// A request's body as the core takes it: payload out of its framing, its length enforced, everything the client said
// about it verified. A body that turns out wrong throws before its iterator ends, so nothing of it is stored.

import type { ChecksumAlgorithm } from '@cairn/hashing';
import type { BodyDigests, ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ChunkSignatures } from '../signature/chunk-signatures.ts';
import type { BodyDescription } from './body-description.ts';
import { type ChecksumClaim, checkedValue, checksumHeader } from './checksum-claim.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { RunningDigests } from './running-digests.ts';

export type ReceiveOptions = {
  /** The bytes of the request, in pieces that never change. Throws when the client goes away or stalls. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Present when chunks are signed. */
  readonly signatures: ChunkSignatures | undefined;
};

/**
 * The body of a request. Besides what `source` throws, `chunks` throws IncompleteBody, BadDigest,
 * XAmzContentSHA256Mismatch, SignatureDoesNotMatch, InvalidChunkSizeError, MalformedTrailerError, InvalidRequest.
 */
export function receiveBody(description: BodyDescription, options: ReceiveOptions): ObjectBody {
  const { sizeBytes, checksum } = description;
  const digests = new RunningDigests(algorithmsOf(description));
  return {
    sizeBytes,
    chunks: receive(description, { ...options, digests }),
    digests: (): BodyDigests => ({
      md5: digests.get('md5'),
      checksum: checksum && {
        algorithm: checksum.algorithm,
        value: digests.get(checksum.algorithm).toString('base64'),
      },
    }),
  };
}

function algorithmsOf({ sha256, checksum }: BodyDescription): ChecksumAlgorithm[] {
  const algorithms: ChecksumAlgorithm[] = ['md5'];
  if (sha256 !== undefined) algorithms.push('sha256');
  if (checksum !== undefined) algorithms.push(checksum.algorithm);
  return algorithms;
}

async function* receive(
  description: BodyDescription,
  { source, signatures, digests }: ReceiveOptions & { digests: RunningDigests },
): AsyncIterable<Uint8Array> {
  const { sizeBytes, chunked } = description;
  const decoder = chunked && new ChunkedDecoder({ sizeBytes, trailer: chunked.trailer, signatures });
  let receivedBytes = 0;
  for await (const piece of source) {
    for (const payload of decoder?.push(piece) ?? [piece]) {
      receivedBytes += payload.length;
      digests.update(payload);
      yield payload;
    }
  }
  decoder?.finish();
  if (receivedBytes !== sizeBytes) throw new ObjectStorageError('IncompleteBody');
  digests.finish();
  verify(description, { digests, trailerChecksum: trailerChecksum(description, decoder) });
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

// The checksum that a client says its body has, in a header or, once the body is through, in a trailer.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html

import { checksumAlgorithms } from '@cairn/hashing';
import type { StoredChecksum } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

export type S3ChecksumAlgorithm = StoredChecksum['algorithm'];

export type ChecksumClaim =
  /** `value` is base64. */
  | { readonly from: 'header'; readonly algorithm: S3ChecksumAlgorithm; readonly value: string }
  /** It was announced, and has to come. */
  | { readonly from: 'trailer'; readonly algorithm: S3ChecksumAlgorithm }
  /** The client only wants it computed and kept. */
  | { readonly from: 'us'; readonly algorithm: S3ChecksumAlgorithm };

export const s3ChecksumAlgorithms = [
  'crc32',
  'crc32c',
  'crc64nvme',
  'sha1',
  'sha256',
  'sha512',
  'md5',
  'xxhash64',
  'xxhash3',
  'xxhash128',
] as const satisfies readonly S3ChecksumAlgorithm[];

type ChecksumHeader = `x-amz-checksum-${S3ChecksumAlgorithm}`;
/** Looked up in the headers of every request with a body. */
const headerNames = Object.fromEntries(
  s3ChecksumAlgorithms.map((algorithm) => [algorithm, `x-amz-checksum-${algorithm}`]),
) as Readonly<Record<S3ChecksumAlgorithm, ChecksumHeader>>;

export function checksumHeader(algorithm: S3ChecksumAlgorithm): ChecksumHeader {
  return headerNames[algorithm];
}

/** Throws InvalidRequest for several checksums, BadDigest for one that is not base64 of the right length. */
export function claimedChecksum(
  headers: RequestHeaders,
  { trailer }: { trailer: boolean },
): ChecksumClaim | undefined {
  const claims: ChecksumClaim[] = [];
  for (const algorithm of s3ChecksumAlgorithms) {
    const value = headers[checksumHeader(algorithm)];
    if (value === undefined) continue;
    claims.push({ from: 'header', algorithm, value: checkedValue(algorithm, value) });
  }
  if (trailer) claims.push(...announcedChecksums(headers['x-amz-trailer']));
  if (claims.length > 1) {
    throw invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  return claims[0] ?? namedChecksum(headers);
}

function announcedChecksums(names = ''): ChecksumClaim[] {
  const announced = names.split(',').map((name) => name.trim().toLowerCase());
  return announced
    .filter((name) => name !== '')
    .map((name) => {
      const algorithm = s3ChecksumAlgorithms.find((known) => checksumHeader(known) === name);
      if (algorithm === undefined) {
        throw invalid(`The value specified in the x-amz-trailer header is not supported: ${name}`);
      }
      return { from: 'trailer', algorithm };
    });
}

/** `x-amz-sdk-checksum-algorithm` comes with a checksum; alone it still says which one to keep. */
function namedChecksum(headers: RequestHeaders): ChecksumClaim | undefined {
  const name = headers['x-amz-sdk-checksum-algorithm'];
  return name === undefined ? undefined : { from: 'us', algorithm: parseChecksumAlgorithm(name) };
}

const validNames = s3ChecksumAlgorithms.map((algorithm) => algorithm.toUpperCase()).join(', ');

/** From `CRC32C` and the like. Throws InvalidRequest. */
export function parseChecksumAlgorithm(name: string): S3ChecksumAlgorithm {
  const algorithm = s3ChecksumAlgorithms.find((known) => known === name.toLowerCase());
  if (algorithm !== undefined) return algorithm;
  throw invalid(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${validNames}]`,
  );
}

/** Throws BadDigest: what is no digest of this kind is not that of the body, as the conformance suite has it. */
export function checkedValue(algorithm: S3ChecksumAlgorithm, value: string): string {
  const digest = Buffer.from(value, 'base64');
  if (digest.length === checksumAlgorithms[algorithm].bytes && digest.toString('base64') === value)
    return value;
  throw new ObjectStorageError('BadDigest', {
    message: `Value for ${checksumHeader(algorithm)} header is invalid.`,
  });
}

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

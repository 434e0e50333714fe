// CreateMultipartUpload: attributes and the kind of checksum are settled here, for all parts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#Full-object-checksums

import type { CreateUploadRequest } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { settledIn } from '../access/settled-headers.ts';
import { parseChecksumAlgorithm, type S3ChecksumAlgorithm } from '../body/checksum-claim.ts';
import { encryptionHeaders, requestedEncryption } from '../headers/encryption-headers.ts';
import { abortHeaders, expirationRules } from '../headers/expiration.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { initiateMultipartUploadResult } from '../xml/multipart-results.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { attributesToWrite } from './object-to-write.ts';

export const createMultipartUpload: Handler = async (request, context) => {
  const { bucket, key, headers } = request;
  const attributes = await attributesToWrite(request, context);
  const checksum = uploadChecksum(headers);
  const { uploadId, initiatedMs, encryption } = await context.storage.createUpload({
    bucket,
    key,
    attributes,
    encryption: requestedEncryption(headers),
    owner: attributes.access?.owner ?? (await context.storage.headBucket({ bucket })).owner,
    checksum,
    asked: settledIn(headers),
  });
  return xmlResponse(initiateMultipartUploadResult({ bucket, key, uploadId }), {
    ...encryptionHeaders(encryption, headers),
    ...abortHeaders(await expirationRules(context.storage, bucket), { key, initiatedMs }),
    ...(checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
      'x-amz-checksum-type': checksum.type,
    }),
  });
};

type ChecksumType = NonNullable<CreateUploadRequest['checksum']>['type'];

/** The first is what is taken when none is asked for. */
const typesOf: Readonly<Record<S3ChecksumAlgorithm, readonly [ChecksumType, ...ChecksumType[]]>> = {
  crc32: ['COMPOSITE', 'FULL_OBJECT'],
  crc32c: ['COMPOSITE', 'FULL_OBJECT'],
  crc64nvme: ['FULL_OBJECT'],
  sha1: ['COMPOSITE'],
  sha256: ['COMPOSITE'],
  sha512: ['COMPOSITE'],
  md5: ['COMPOSITE'],
  xxhash64: ['COMPOSITE'],
  xxhash3: ['COMPOSITE'],
  xxhash128: ['COMPOSITE'],
};

function uploadChecksum(headers: RequestHeaders): CreateUploadRequest['checksum'] {
  const name = headers['x-amz-checksum-algorithm'] ?? headers['x-amz-sdk-checksum-algorithm'];
  const asked = headers['x-amz-checksum-type']?.toUpperCase();
  if (name === undefined) {
    if (asked === undefined) return undefined;
    throw invalid(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = parseChecksumAlgorithm(name);
  const type =
    asked === undefined ? typesOf[algorithm][0] : typesOf[algorithm].find((known) => known === asked);
  if (type !== undefined) return { algorithm, type };
  throw invalid(
    `The ${asked} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`,
  );
}

function invalid(message: string): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', { message });
}

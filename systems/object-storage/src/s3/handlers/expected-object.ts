// What a client says that a completed upload will be: its size, its checksum and how that is made. Compared with the parts
// before they become the object; that names them by entity tag, so they are the same parts then.

import { type CrcAlgorithm, checksumOf, combineCrc, isCrc } from '@cairn/hashing';
import type {
  CompleteUploadRequest,
  ListPartsPage,
  ObjectStorage,
  PartInfo,
} from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { listKeysMax } from '../../limits.ts';
import {
  checkedValue,
  checksumHeader,
  type S3ChecksumAlgorithm,
  s3ChecksumAlgorithms,
} from '../body/checksum-claim.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';

type Request = { readonly upload: CompleteUploadRequest; readonly headers: RequestHeaders };

/**
 * Throws InvalidRequest for another size or kind of checksum, BadDigest for another checksum; completing refuses what is
 * wrong else.
 */
export async function requireExpectedObject(
  storage: ObjectStorage,
  { upload, headers }: Request,
): Promise<void> {
  const size = headers['x-amz-mp-object-size'];
  const type = headers['x-amz-checksum-type'];
  const algorithm = s3ChecksumAlgorithms.find((known) => headers[checksumHeader(known)] !== undefined);
  if (size === undefined && type === undefined && algorithm === undefined) return;
  const begun = await begunUpload(storage, upload);
  if (begun === undefined) return;
  const { parts, checksum } = begun;
  if (type !== undefined && checksum !== undefined) requireType(checksum, type);
  if (size !== undefined) requireSize(parts, size);
  if (algorithm === undefined) return;
  const value = headers[checksumHeader(algorithm)]!;
  const isComposite = checksum?.type === 'COMPOSITE' || value.includes('-');
  if (isComposite || !isCrc(algorithm)) return requireComposite(parts, { algorithm, value });
  requireCrc(parts, { algorithm, value: checkedValue(algorithm, value) });
}

type BegunUpload = Pick<ListPartsPage, 'parts' | 'checksum'>;

/** With the parts that are named. Undefined for an upload that was completed before, where the parts are gone. */
async function begunUpload(
  storage: ObjectStorage,
  { parts, ...name }: CompleteUploadRequest,
): Promise<BegunUpload | undefined> {
  const wanted = new Set(parts.map(({ partNumber }) => partNumber));
  const found: PartInfo[] = [];
  try {
    for (let afterPart = 0; ; ) {
      const page = await storage.listParts({ ...name, afterPart, limit: listKeysMax });
      found.push(...page.parts.filter(({ partNumber }) => wanted.has(partNumber)));
      if (page.next === undefined) return { parts: found, checksum: page.checksum };
      afterPart = page.next;
    }
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'NoSuchUpload') return undefined;
    throw error;
  }
}

function requireType({ type }: NonNullable<BegunUpload['checksum']>, wanted: string): void {
  if (wanted.toUpperCase() === type) return;
  throw new ObjectStorageError('InvalidRequest', {
    message: `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
  });
}

function requireSize(parts: readonly PartInfo[], wanted: string): void {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (wanted === String(sizeBytes)) return;
  throw new ObjectStorageError('InvalidRequest', {
    message: `The provided 'x-amz-mp-object-size' header value ${wanted} does not match what was computed: ${sizeBytes}`,
  });
}

/** With the number of parts behind it, or, as Amazon takes it too, without. */
function requireComposite(
  parts: readonly PartInfo[],
  { algorithm, value }: { algorithm: S3ChecksumAlgorithm; value: string },
): void {
  const digests = parts.map(({ checksum }) => {
    if (checksum?.algorithm !== algorithm) throw wrongChecksum(algorithm);
    return Buffer.from(checksum.value, 'base64');
  });
  const composite = checksumOf(algorithm, Buffer.concat(digests)).toString('base64');
  if (value !== `${composite}-${parts.length}` && value !== composite) throw wrongChecksum(algorithm);
}

function requireCrc(
  parts: readonly PartInfo[],
  { algorithm, value }: { algorithm: CrcAlgorithm; value: string },
): void {
  let whole: { digest: Buffer; sizeBytes: number } | undefined;
  for (const { checksum, sizeBytes } of parts) {
    if (checksum?.algorithm !== algorithm) throw wrongChecksum(algorithm);
    const digest = Buffer.from(checksum.value, 'base64');
    whole =
      whole === undefined
        ? { digest, sizeBytes }
        : {
            digest: combineCrc(algorithm, { first: whole.digest, second: digest, secondBytes: sizeBytes }),
            sizeBytes: whole.sizeBytes + sizeBytes,
          };
  }
  if (whole?.digest.toString('base64') !== value) throw wrongChecksum(algorithm);
}

function wrongChecksum(algorithm: string): ObjectStorageError {
  return new ObjectStorageError('BadDigest', {
    message: `The ${algorithm} you specified did not match the calculated checksum.`,
  });
}

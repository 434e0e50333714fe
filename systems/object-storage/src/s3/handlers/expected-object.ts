// What a client says that a completed upload will be: its size, its checksum. Compared with the parts before they
// become the object; that names them by entity tag, so they are the same parts then.

import { type CrcAlgorithm, checksumOf, combineCrc, isCrc } from '@cairn/hashing';
import type { CompleteUploadRequest, ObjectStorage, PartInfo } from '../../core/object-storage.ts';
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

/** Throws InvalidRequest for another size, BadDigest for another checksum; completing refuses what is wrong else. */
export async function requireExpectedObject(
  storage: ObjectStorage,
  { upload, headers }: Request,
): Promise<void> {
  const size = headers['x-amz-mp-object-size'];
  const algorithm = s3ChecksumAlgorithms.find((known) => headers[checksumHeader(known)] !== undefined);
  if (size === undefined && algorithm === undefined) return;
  const parts = await partsOf(storage, upload);
  if (parts === undefined) return;
  if (size !== undefined) requireSize(parts, size);
  if (algorithm === undefined) return;
  const value = headers[checksumHeader(algorithm)]!;
  if (value.includes('-')) return requireComposite(parts, { algorithm, value });
  const checked = checkedValue(algorithm, value);
  if (isCrc(algorithm)) requireCrc(parts, { algorithm, value: checked });
}

/** Undefined for an upload that was completed before, where the parts are gone. */
async function partsOf(
  storage: ObjectStorage,
  { parts, ...name }: CompleteUploadRequest,
): Promise<readonly PartInfo[] | undefined> {
  const wanted = new Set(parts.map(({ partNumber }) => partNumber));
  const found: PartInfo[] = [];
  try {
    for (let afterPart: number | undefined = 0; afterPart !== undefined; ) {
      const page = await storage.listParts({ ...name, afterPart, limit: listKeysMax });
      found.push(...page.parts.filter(({ partNumber }) => wanted.has(partNumber)));
      afterPart = page.next;
    }
    return found;
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'NoSuchUpload') return undefined;
    throw error;
  }
}

function requireSize(parts: readonly PartInfo[], wanted: string): void {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (wanted === String(sizeBytes)) return;
  throw new ObjectStorageError('InvalidRequest', {
    message: `The provided 'x-amz-mp-object-size' header value ${wanted} does not match what was computed: ${sizeBytes}`,
  });
}

function requireComposite(
  parts: readonly PartInfo[],
  { algorithm, value }: { algorithm: S3ChecksumAlgorithm; value: string },
): void {
  const digests = parts.map(({ checksum }) => {
    if (checksum?.algorithm !== algorithm) throw wrongChecksum(algorithm);
    return Buffer.from(checksum.value, 'base64');
  });
  const composite = checksumOf(algorithm, Buffer.concat(digests)).toString('base64');
  if (value !== `${composite}-${parts.length}`) throw wrongChecksum(algorithm);
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

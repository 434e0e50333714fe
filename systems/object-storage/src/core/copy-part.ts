// A part from an object, or from a range of one. It shares the bytes of its source when it is all of a single object, or
// exactly one part of an object made from parts, as programs that copy large objects ask for them: neither is encrypted,
// because a part's key is made from its upload's, the source has the checksum that the upload wants, and lies in the data store,
// in no archive.

import { ObjectStorageError } from '../errors.ts';
import { checksumFrom } from '../metadata/checksum-text.ts';
import type { CopyPartInput } from '../metadata/copies.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import { isMoved } from '../transition/moved-data.ts';
import { sourceAsFound } from './copy.ts';
import { objectKeyOf } from './encryption/object-keys.ts';
import { findObject } from './find-object.ts';
import { objectBody } from './object-body.ts';
import { infoOf } from './object-rows.ts';
import type { ByteRange, ObjectInfo, PartInfo, UploadPartCopyRequest } from './object-storage.ts';
import { copied, getObject, keyOfRow, sourceOf } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import {
  checkPartNumber,
  type FoundUpload,
  findUpload,
  partInfo,
  putOutcome,
  uploadPart,
} from './uploads.ts';

type CopiedPart = PartInfo & { readonly source: ObjectInfo };

const attemptsMax = 16;

export async function uploadPartCopy(parts: CoreParts, request: UploadPartCopyRequest): Promise<CopiedPart> {
  const { bucket, key, source, customerKey, select } = request;
  checkPartNumber(request.partNumber);
  const upload = await findUpload(parts, request);
  objectKeyOf(parts, { ...upload, customerKey });
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await sourceOf(findObject(parts, source));
    const info = infoOf(source.bucket, row);
    source.judge?.(info);
    keyOfRow(parts, row, { encryption: info.encryption, customerKey: source.customerKey });
    const range = select?.(info);
    const isHere = !isMoved(row.data) && !parts.places.isArchive(info.storageClass);
    const isPlain = upload.encryption === undefined && info.encryption === undefined && isHere;
    const piece = isPlain
      ? await pieceOf(parts, row, { range, wanted: upload.checksum?.algorithm })
      : undefined;
    if (piece === undefined) return copyBytes(parts, request, upload);
    const part = await sharePiece(parts, request, { row, piece });
    if (part !== 'changed') return { ...part, source: info };
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}

/** What is shared: all of a single object, or a part. */
type Piece = Pick<CopyPartInput, 'sourcePart' | 'algorithm' | 'checksum'> & {
  readonly size: number;
  readonly etag: string;
};
type Wanted = {
  readonly range: ByteRange | undefined;
  readonly wanted: CopyPartInput['algorithm'];
};

async function pieceOf(
  { metadata }: CoreParts,
  row: FoundObject,
  { range, wanted }: Wanted,
): Promise<Piece | undefined> {
  const { start, length } = range ?? { start: 0, length: row.size };
  const known = checksumFrom(row.checksum);
  if (row.part_count === null) {
    const value = known?.type === 'FULL_OBJECT' ? known.value : null;
    const piece = { sourcePart: null, size: row.size, etag: row.etag };
    return length === row.size ? checked(piece, { wanted, algorithm: known?.algorithm, value }) : undefined;
  }
  const from = { upload: row.data, position: start, limit: 1 };
  const [part] = await metadata.read('listObjectPartsFrom', from);
  if (part?.start !== start || part.size !== length) return undefined;
  const piece = { sourcePart: part.number, size: part.size, etag: part.etag };
  return checked(piece, { wanted, algorithm: known?.algorithm, value: part.checksum });
}

/** Without the checksum that the upload wants the bytes have to be read. An entity tag of another origin is no digest. */
function checked(
  piece: Pick<Piece, 'sourcePart' | 'size' | 'etag'>,
  {
    wanted,
    algorithm,
    value,
  }: { wanted: Wanted['wanted']; algorithm: Wanted['wanted']; value: string | null },
): Piece | undefined {
  if (!/^[0-9a-f]{32}$/.test(piece.etag)) return undefined;
  if (wanted === undefined) return { ...piece, algorithm: undefined, checksum: null };
  return wanted === algorithm && value !== null ? { ...piece, algorithm, checksum: value } : undefined;
}

async function sharePiece(
  parts: CoreParts,
  request: UploadPartCopyRequest,
  { row, piece }: { row: FoundObject; piece: Piece },
): Promise<PartInfo | 'changed'> {
  const { bucket, key, uploadId, partNumber } = request;
  const { sourcePart, algorithm, checksum, size, etag } = piece;
  const { nowMs } = occasion(parts);
  const result = await parts.metadata.write('copyPart', {
    ...{ bucket, key, uploadId, partNumber, nowMs, sourcePart, algorithm, checksum },
    source: sourceAsFound(request.source, row),
  });
  if (result === 'changed') return result;
  parts.wakeGarbageWorker();
  putOutcome(result, { bucket, key, uploadId, algorithm });
  const part = { number: partNumber, blob: '', size, etag, modified_ms: nowMs, checksum, salt: null };
  return { ...partInfo(part, algorithm), encryption: undefined };
}

async function copyBytes(
  parts: CoreParts,
  { source, select, ...part }: UploadPartCopyRequest,
  { checksum }: FoundUpload,
): Promise<CopiedPart> {
  const { info, content } = await sourceOf(getObject(parts, { ...source, select }));
  try {
    const options = checksum === undefined ? {} : { checksum: checksum.algorithm };
    const stored = await uploadPart(parts, { ...part, body: objectBody(copied(content), options) });
    return { ...stored, source: info };
  } finally {
    content.close();
  }
}

// Transactions on unfinished multipart uploads and their parts.

import type { Transaction } from '@cairn/engines';
import type { StoredChecksum } from '../core/object-storage.ts';
import { type BucketRow, findBucket } from './buckets.ts';
import { checksumFrom } from './checksum-text.ts';
import type { PartRow } from './completion.ts';
import { addGarbageBlob, addGarbageParts } from './garbage.ts';
import type { NewObject } from './objects.ts';
import { partColumns, partTypes } from './part-rows.ts';
import { changeUsage, exceedsQuota, partsChange } from './quotas/metering.ts';
import { damagedRow, isIntact, sealedPart, sealedUpload } from './row-checksums.ts';
import { type MetadataTables, statement } from './tables.ts';

export type UploadRow = {
  readonly key: string;
  readonly id: string;
  readonly initiated_ms: number;
  readonly owner: string;
  readonly attributes: string;
  readonly checksum: string | null;
};
export type UploadName = { readonly bucket: string; readonly key: string; readonly uploadId: string };
export type UploadChecksum = {
  readonly algorithm: StoredChecksum['algorithm'];
  readonly type: StoredChecksum['type'];
};

const uploadColumns = [
  'bucket',
  'key',
  'id',
  'initiated_ms',
  'owner',
  'attributes',
  'checksum',
  'row_crc',
] as const;

export const selectUpload = statement({ bucket: 'integer', key: 'text', id: 'text' }, (db, p) =>
  db
    .selectFrom('upload')
    .select(uploadColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('id', '=', p.id),
);
const insertUpload = statement(
  {
    bucket: 'integer',
    key: 'text',
    id: 'text',
    initiated_ms: 'integer',
    owner: 'text',
    attributes: 'text',
    checksum: 'text?',
    row_crc: 'integer',
  },
  (db, p) => db.insertInto('upload').values({ ...p }),
);
export const removeUpload = statement({ bucket: 'integer', key: 'text', id: 'text' }, (db, p) =>
  db.deleteFrom('upload').where('bucket', '=', p.bucket).where('key', '=', p.key).where('id', '=', p.id),
);
const selectUploadsOf = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('upload').select(['key', 'id']).where('bucket', '=', p.bucket).limit(p.limit),
);
export const selectPart = statement({ upload: 'text', number: 'integer' }, (db, p) =>
  db.selectFrom('part').select(partColumns).where('upload', '=', p.upload).where('number', '=', p.number),
);
const selectPartsAfter = statement({ upload: 'text', number: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .select(partColumns)
    .where('upload', '=', p.upload)
    .where('number', '>', p.number)
    .orderBy('number')
    .limit(p.limit),
);
const selectPartsFrom = statement({ upload: 'text', position: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .select(partColumns)
    .where('upload', '=', p.upload)
    .where((where) => where(where('start', '+', where.ref('size')), '>', p.position))
    .orderBy('number')
    .limit(p.limit),
);
const selectLastPart = statement({ upload: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .select(partColumns)
    .where('upload', '=', p.upload)
    .orderBy('number', 'desc')
    .limit(p.limit),
);
const upsertPart = statement(partTypes, (db, p) => {
  const { upload, number, ...content } = p;
  return db
    .insertInto('part')
    .values({ upload, number, ...content })
    .onConflict((conflict) => conflict.columns(['upload', 'number']).doUpdateSet(content));
});
const measureUpload = statement({ upload: 'text' }, (db, p) =>
  db
    .selectFrom('part')
    .select((row) => row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'))
    .where('upload', '=', p.upload),
);
export function* createUpload(input: {
  bucket: string;
  /** As it was when the upload's key was wrapped for it: a bucket of that name made since is another. */
  bucketId: number | undefined;
  upload: UploadRow;
}): Transaction<'created' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined || (input.bucketId ?? bucket.id) !== bucket.id) return 'NoSuchBucket';
  yield* insertUpload.run(sealedUpload({ bucket: bucket.id, ...input.upload }));
  return 'created';
}

/** The same row, verified. */
export function intactUpload<Row extends MetadataTables['upload']>(row: Row): Row {
  if (isIntact.upload(row)) return row;
  throw damagedRow(`upload ${row.id} of ${JSON.stringify(row.key)} in bucket ${row.bucket}`);
}

function intactParts<Row extends MetadataTables['part']>(rows: readonly Row[]): readonly Row[] {
  const damaged = rows.find((row) => !isIntact.part(row));
  if (damaged === undefined) return rows;
  throw damagedRow(`part ${damaged.number} of upload ${damaged.upload}`);
}

/** Verified. */
export function* partsAfter(from: {
  upload: string;
  number: number;
  limit: number;
}): Transaction<readonly MetadataTables['part'][]> {
  return intactParts(yield* selectPartsAfter.all(from));
}

export function* findUpload(
  input: UploadName,
): Transaction<{ bucket: number; upload: UploadRow } | 'NoSuchBucket' | 'NoSuchUpload'> {
  const found = yield* findUploadOf(input);
  return typeof found === 'string' ? found : { bucket: found.bucket.id, upload: found.upload };
}

export function* findUploadOf(
  input: UploadName,
): Transaction<{ bucket: BucketRow; upload: UploadRow } | 'NoSuchBucket' | 'NoSuchUpload'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const upload = yield* selectUpload.first({ bucket: bucket.id, key: input.key, id: input.uploadId });
  return upload === undefined ? 'NoSuchUpload' : { bucket, upload: intactUpload(upload) };
}

export type PutPartInput = UploadName & {
  readonly part: Omit<PartRow, 'start'>;
  /** Of the part's checksum, if it has one. */
  readonly algorithm: UploadChecksum['algorithm'] | undefined;
};
export type PutPartOutput =
  | ('stored' | 'NoSuchBucket' | 'NoSuchUpload' | 'QuotaExceeded')
  | { readonly expected: string };

/** Stores a part; one that it replaces, or that is refused, becomes garbage. */
export function* putPart(input: PutPartInput): Transaction<PutPartOutput> {
  const { part, uploadId } = input;
  const found = yield* findUploadOf(input);
  const refusal =
    typeof found === 'string'
      ? found
      : (checksumRefusal(found.upload, input.algorithm) ??
        (yield* meterPart(found.bucket, { key: input.key, part, uploadId })));
  if (refusal !== undefined) {
    yield* addGarbageBlob({ blob: part.blob, shared: null, sinceMs: part.modified_ms });
    return refusal;
  }
  yield* storePart({ upload: uploadId, ...part, start: null, shared: null });
  return 'stored';
}

/** Counts a part, in place of the one that it replaces, unless a quota is against it. */
export function* meterPart(
  bucket: BucketRow,
  { key, part, uploadId }: { key: string; part: Pick<PartRow, 'number' | 'size'>; uploadId: string },
): Transaction<'QuotaExceeded' | undefined> {
  if (bucket.metered === null) return undefined;
  const replaced = yield* selectPart.first({ upload: uploadId, number: part.number });
  const changes = [partsChange({ key, parts: [part] }, 1)];
  if (replaced !== undefined) changes.push(partsChange({ key, parts: [replaced] }, -1));
  if (yield* exceedsQuota(bucket, changes)) return 'QuotaExceeded';
  yield* changeUsage(bucket, changes);
  return undefined;
}

/** What it replaces becomes garbage. */
export function* storePart(part: Omit<MetadataTables['part'], 'row_crc'>): Transaction<void> {
  const { upload, number } = part;
  const replaced = yield* selectPart.first({ upload, number });
  // Of a damaged row the blob stays where it is: its name may be somebody else's.
  if (replaced !== undefined && isIntact.part(replaced)) {
    yield* addGarbageBlob({ ...replaced, sinceMs: part.modified_ms });
  }
  yield* upsertPart.run(sealedPart(part));
}

/** A part without a checksum is taken, and leaves the object without one. */
export function checksumRefusal(
  upload: UploadRow,
  algorithm: UploadChecksum['algorithm'] | undefined,
): { expected: string } | undefined {
  if (upload.checksum === null || algorithm === undefined) return undefined;
  const { algorithm: expected } = JSON.parse(upload.checksum) as UploadChecksum;
  return expected === algorithm ? undefined : { expected };
}

export function* listParts(
  input: UploadName & { afterPart: number; limit: number },
): Transaction<
  { upload: UploadRow; parts: readonly PartRow[]; more: boolean } | 'NoSuchBucket' | 'NoSuchUpload'
> {
  const found = yield* findUpload(input);
  if (typeof found === 'string') return found;
  const rows = yield* partsAfter({
    upload: input.uploadId,
    number: input.afterPart,
    limit: input.limit + 1,
  });
  return { upload: found.upload, parts: rows.slice(0, input.limit), more: rows.length > input.limit };
}

/** The parts of a completed object, in order, from the one after `afterPart` on. */
export function* listObjectParts(input: {
  upload: string;
  afterPart: number;
  limit: number;
}): Transaction<readonly PartRow[]> {
  return yield* partsAfter({ upload: input.upload, number: input.afterPart, limit: input.limit });
}

/** The part of a completed object that was uploaded under this number. */
export function* findObjectPart(input: {
  upload: string;
  number: number;
}): Transaction<MetadataTables['part'] | undefined> {
  return intactParts(yield* selectPart.all(input))[0];
}

/** The same from the part on that holds the byte at `position` of the object. */
export function* listObjectPartsFrom(input: {
  upload: string;
  position: number;
  limit: number;
}): Transaction<readonly PartRow[]> {
  return intactParts(yield* selectPartsFrom.all(input));
}

/** Makes a blob a part of an object, from `start` on. */
export function* addObjectPart(input: {
  upload: string;
  number: number;
  start: number;
  /** Null when the blob is not encrypted. */
  salt: string | null;
  object: NewObject;
}): Transaction<void> {
  const { upload, number, start, salt, object } = input;
  const { data: blob, size, etag, modified_ms, shared = null } = object;
  const checksum = checksumFrom(object.checksum);
  const own = checksum?.type === 'FULL_OBJECT' ? checksum.value : null;
  const part = { upload, number, blob, size, etag, modified_ms, checksum: own, start, salt, shared };
  yield* upsertPart.run(sealedPart(part));
}

export function* lastPart({ upload }: { upload: string }): Transaction<PartRow | undefined> {
  return intactParts(yield* selectLastPart.all({ upload, limit: 1 }))[0];
}

/** Aborts uploads of a bucket that is being deleted, at most `limit`; gives how many. */
export function* dropUploads(input: {
  bucket: BucketRow;
  limit: number;
  nowMs: number;
}): Transaction<number> {
  const { bucket, limit, nowMs } = input;
  const uploads = yield* selectUploadsOf.all({ bucket: bucket.id, limit });
  for (const { key, id } of uploads) yield* dropUpload(bucket, { key, id, nowMs });
  return uploads.length;
}

/** Its parts are garbage; gives whether it was there. */
export function* dropUpload(
  bucket: BucketRow,
  { key, id, nowMs }: { key: string; id: string; nowMs: number },
): Transaction<boolean> {
  if ((yield* removeUpload.run({ bucket: bucket.id, key, id })) === 0) return false;
  if (bucket.metered !== null) {
    const bytes = Number((yield* measureUpload.first({ upload: id }))!.bytes);
    yield* changeUsage(bucket, [{ key, bytes: -bytes, objects: 0 }]);
  }
  yield* addGarbageParts({ upload: id, sinceMs: nowMs });
  return true;
}

export function* abortUpload(
  input: UploadName & { nowMs: number },
): Transaction<'aborted' | 'NoSuchBucket' | 'NoSuchUpload'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  // A damaged row goes like any other: its key is all that is needed of it.
  const name = { key: input.key, id: input.uploadId, nowMs: input.nowMs };
  return (yield* dropUpload(bucket, name)) ? 'aborted' : 'NoSuchUpload';
}

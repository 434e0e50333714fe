// Transactions on multipart uploads. Completing one moves no bytes: the object refers to the upload's parts.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { type CompletionFailure, completion, type PartRow, type RequestedPart } from './completion.ts';
import { addGarbageBlob, addGarbageParts } from './garbage.ts';
import {
  type Condition,
  type ConditionFailure,
  findObject,
  type ObjectRow,
  replaceObject,
} from './objects.ts';
import { statement } from './tables.ts';

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
  readonly algorithm: 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256';
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
};

const uploadColumns = ['key', 'id', 'initiated_ms', 'owner', 'attributes', 'checksum'] as const;
const partColumns = ['number', 'blob', 'size', 'etag', 'modified_ms', 'checksum', 'start'] as const;

const selectUpload = statement({ bucket: 'integer', key: 'text', id: 'text' }, (db, p) =>
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
  },
  (db, p) => db.insertInto('upload').values({ ...p }),
);
const removeUpload = statement({ bucket: 'integer', key: 'text', id: 'text' }, (db, p) =>
  db.deleteFrom('upload').where('bucket', '=', p.bucket).where('key', '=', p.key).where('id', '=', p.id),
);
const selectPart = statement({ upload: 'text', number: 'integer' }, (db, p) =>
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
const upsertPart = statement(
  {
    upload: 'text',
    number: 'integer',
    blob: 'text',
    size: 'integer',
    etag: 'text',
    modified_ms: 'integer',
    checksum: 'text?',
  },
  (db, p) => {
    const { upload, number, ...content } = p;
    return db
      .insertInto('part')
      .values({ upload, number, ...content })
      .onConflict((conflict) => conflict.columns(['upload', 'number']).doUpdateSet(content));
  },
);
const setPartStart = statement({ start: 'integer', upload: 'text', number: 'integer' }, (db, p) =>
  db
    .updateTable('part')
    .set({ start: p.start })
    .where('upload', '=', p.upload)
    .where('number', '=', p.number),
);
const removePart = statement({ upload: 'text', number: 'integer' }, (db, p) =>
  db.deleteFrom('part').where('upload', '=', p.upload).where('number', '=', p.number),
);

export function* createUpload(input: {
  bucket: string;
  upload: UploadRow;
}): Transaction<'created' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  yield* insertUpload.run({ bucket: bucket.id, ...input.upload });
  return 'created';
}

export function* findUpload(
  input: UploadName,
): Transaction<{ bucket: number; upload: UploadRow } | 'NoSuchBucket' | 'NoSuchUpload'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const upload = yield* selectUpload.first({ bucket: bucket.id, key: input.key, id: input.uploadId });
  return upload === undefined ? 'NoSuchUpload' : { bucket: bucket.id, upload };
}

export type PutPartInput = UploadName & {
  readonly part: Omit<PartRow, 'start'>;
  /** Of the part's checksum, if it has one. */
  readonly algorithm: UploadChecksum['algorithm'] | undefined;
};
export type PutPartOutput = 'stored' | 'NoSuchBucket' | 'NoSuchUpload' | { readonly expected: string };

/** Stores a part; one that it replaces, or that is refused, becomes garbage. */
export function* putPart(input: PutPartInput): Transaction<PutPartOutput> {
  const found = yield* findUpload(input);
  const refusal = typeof found === 'string' ? found : checksumRefusal(found.upload, input.algorithm);
  const { part, uploadId } = input;
  if (refusal !== undefined) {
    yield* addGarbageBlob({ blob: part.blob, sinceMs: part.modified_ms });
    return refusal;
  }
  const replaced = yield* selectPart.first({ upload: uploadId, number: part.number });
  if (replaced !== undefined) {
    yield* addGarbageBlob({ blob: replaced.blob, sinceMs: part.modified_ms });
  }
  yield* upsertPart.run({ upload: uploadId, ...part });
  return 'stored';
}

/** A part without a checksum is taken, and leaves the object without one. */
function checksumRefusal(
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
  const rows = yield* selectPartsAfter.all({
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
  return yield* selectPartsAfter.all({ upload: input.upload, number: input.afterPart, limit: input.limit });
}

/** The same from the part on that holds the byte at `position` of the object. */
export function* listObjectPartsFrom(input: {
  upload: string;
  position: number;
  limit: number;
}): Transaction<readonly PartRow[]> {
  return yield* selectPartsFrom.all(input);
}

export function* abortUpload(
  input: UploadName & { nowMs: number },
): Transaction<'aborted' | 'NoSuchBucket' | 'NoSuchUpload'> {
  const found = yield* findUpload(input);
  if (typeof found === 'string') return found;
  yield* removeUpload.run({ bucket: found.bucket, key: input.key, id: input.uploadId });
  yield* addGarbageParts({ upload: input.uploadId, sinceMs: input.nowMs });
  return 'aborted';
}

export type CompleteUploadInput = UploadName & {
  readonly parts: readonly RequestedPart[];
  readonly condition: Condition;
  readonly nowMs: number;
  readonly partBytesMin: number;
};
export type CompleteUploadOutput =
  | { readonly object: ObjectRow }
  | 'NoSuchBucket'
  | 'NoSuchUpload'
  | CompletionFailure
  | ConditionFailure;

/** Makes the object of an upload. Repeating it, with the same parts and before the object is replaced, changes nothing. */
export function* completeUpload(input: CompleteUploadInput): Transaction<CompleteUploadOutput> {
  const found = yield* findUpload(input);
  if (found === 'NoSuchUpload') return yield* alreadyCompleted(input);
  if (found === 'NoSuchBucket') return found;
  const stored = yield* selectPartsAfter.all({ upload: input.uploadId, number: 0, limit: partNumberMax });
  const checksum =
    found.upload.checksum === null ? undefined : (JSON.parse(found.upload.checksum) as UploadChecksum);
  const completed = completion({
    requested: input.parts,
    stored,
    checksum,
    partBytesMin: input.partBytesMin,
  });
  if (typeof completed === 'string') return completed;
  const object: ObjectRow = {
    key: input.key,
    size: completed.sizeBytes,
    etag: completed.etag,
    modified_ms: input.nowMs,
    attributes: found.upload.attributes,
    checksum: completed.checksum === undefined ? null : JSON.stringify(completed.checksum),
    data: input.uploadId,
    part_count: completed.parts.length,
  };
  const replaced = yield* replaceObject({ bucket: found.bucket, object, condition: input.condition });
  if (replaced !== 'stored') return replaced;
  yield* keepParts(input.uploadId, { stored, kept: completed.parts, nowMs: input.nowMs });
  yield* removeUpload.run({ bucket: found.bucket, key: input.key, id: input.uploadId });
  return { object };
}

const partNumberMax = 10_000;

/** Gives the parts of the object their place in it; the others become garbage. */
function* keepParts(
  upload: string,
  options: { stored: readonly PartRow[]; kept: readonly { number: number; start: number }[]; nowMs: number },
): Transaction<void> {
  const kept = new Set(options.kept.map((part) => part.number));
  for (const part of options.kept)
    yield* setPartStart.run({ start: part.start, upload, number: part.number });
  for (const part of options.stored) {
    if (kept.has(part.number)) continue;
    yield* removePart.run({ upload, number: part.number });
    yield* addGarbageBlob({ blob: part.blob, sinceMs: options.nowMs });
  }
}

function* alreadyCompleted(input: CompleteUploadInput): Transaction<CompleteUploadOutput> {
  const object = yield* findObject(input);
  if (typeof object === 'string' || object.data !== input.uploadId) return 'NoSuchUpload';
  const parts = yield* selectPartsAfter.all({ upload: input.uploadId, number: 0, limit: partNumberMax });
  const same =
    parts.length === input.parts.length &&
    parts.every(
      (part, index) => part.number === input.parts[index]?.number && part.etag === input.parts[index]?.etag,
    );
  return same ? { object } : 'InvalidPart';
}

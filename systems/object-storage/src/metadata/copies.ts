// Copying an object, or a part from one, without moving bytes: the copy's row names the blob of the source, and of an object made from parts
// its parts name the blobs of the source's. Parts are rows of their own for each copy, so that an upload belongs to one
// object, and an append to the one is none to the other.
//
// Source and copy are decided in one transaction: the source must still be what was read, or the copy begins anew.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../core/object-storage.ts';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import type { ChangeCause } from './events/add-event.ts';
import { findVersion } from './find-version.ts';
import {
  type Condition,
  conditionFailure,
  isOverQuota,
  moveToPlace,
  type NewObject,
  type StoredObject,
  type StoreFailure,
  storeCurrent,
} from './objects.ts';
import { shareBytes, shareParts, shareVersion } from './sharing.ts';
import { dropMovement } from './transition/movements.ts';
import {
  checksumRefusal,
  findObjectPart,
  findUploadOf,
  meterPart,
  type PutPartOutput,
  storePart,
  type UploadChecksum,
  type UploadName,
} from './uploads.ts';
import type { Occasion } from './versions.ts';

export type CopySource = {
  readonly bucket: string;
  readonly key: string;
  /** As it is shown; null for the current version. */
  readonly versionId: string | null;
  /** As it was found: another one is not copied. */
  readonly version: string;
  readonly data: string;
  readonly etag: string;
};
export type CopyInput = Occasion & {
  readonly source: CopySource;
  readonly bucket: string;
  /** As it was when the copy began: the copy's key is wrapped for it. */
  readonly bucketId: number;
  /** Size, entity tag and bytes are those of the source. */
  readonly object: Pick<NewObject, 'key' | 'modified_ms' | 'attributes' | 'checksum'>;
  /** Of its parts, if it has any. */
  readonly uploadId: string;
  readonly condition: Condition;
  readonly cause: ChangeCause;
  /** The storage class whose place the copy is to be moved to. */
  readonly place: StorageClass | undefined;
};
export type CopyOutput =
  | { readonly object: NewObject; readonly stored: StoredObject }
  | 'changed'
  | 'NoSuchBucket'
  | StoreFailure;

/** `changed`: the source is another object by now, or none. */
export function* copyObject(input: CopyInput): Transaction<CopyOutput> {
  const { key } = input.object;
  const found = yield* findCurrent({ bucket: input.bucket, key });
  if (found?.bucket.id !== input.bucketId) return 'NoSuchBucket';
  const failure = conditionFailure(input.condition, found.object);
  if (failure !== undefined) return failure;
  const source = yield* findSource(input.source);
  if (source === undefined) return 'changed';
  const { size, etag } = source;
  // Before anything is shared: what this transaction answers without storing a copy it must not have changed.
  const current = { bucket: found.bucket, key, object: found.object };
  if (yield* isOverQuota({ key, size }, { current })) return 'QuotaExceeded';
  const shared = yield* shareBytes(source, input.uploadId);
  const object: NewObject = { ...input.object, size, etag, ...shared.bytes };
  // A copy onto itself replaces the row that was marked just now.
  const ontoSource = source.bucket === input.bucketId && source.key === key;
  const isReplaced = ontoSource && found.object?.version === source.version;
  const { condition, cause } = input;
  const stored = yield* storeCurrent(object, {
    current: { ...current, object: isReplaced ? shared.source : found.object },
    ...{ condition, cause, occasion: input },
  });
  if (typeof stored === 'string') return stored;
  if (input.place !== undefined) {
    const { version } = stored;
    yield* moveToPlace(object, { bucket: input.bucketId, version, place: input.place });
  } else if (isReplaced) {
    yield* dropMovement({ bucket: input.bucketId, key, version: stored.version });
  }
  return { object, stored };
}

function* findSource(wanted: CopySource): Transaction<ObjectRow | undefined> {
  const { bucket, key, versionId } = wanted;
  const found =
    versionId === null
      ? (yield* findCurrent({ bucket, key }))?.object
      : yield* findVersion({ bucket, key, versionId });
  if (found === undefined || typeof found === 'string' || 'marker' in found) return undefined;
  const { version, data, etag } = intactObject(found);
  return version === wanted.version && data === wanted.data && etag === wanted.etag ? found : undefined;
}

export type CopyPartInput = UploadName & {
  readonly source: CopySource;
  /** Of the source's parts; null for all of a source that is a single object. */
  readonly sourcePart: number | null;
  readonly partNumber: number;
  /** Of what the part has to have of a checksum. */
  readonly algorithm: UploadChecksum['algorithm'] | undefined;
  readonly checksum: string | null;
  readonly nowMs: number;
};

/** Makes a part of an upload from all of an object, or from one of its parts. Neither is encrypted. */
export function* copyPart(input: CopyPartInput): Transaction<PutPartOutput | 'changed'> {
  const { uploadId, partNumber: number, checksum, nowMs } = input;
  const found = yield* findUploadOf(input);
  if (typeof found === 'string') return found;
  const refusal = checksumRefusal(found.upload, input.algorithm);
  if (refusal !== undefined) return refusal;
  const source = yield* findSource(input.source);
  const piece = source && (yield* findPiece(source, input.sourcePart));
  if (piece === undefined) return 'changed';
  const { key } = input;
  const overQuota = yield* meterPart(found.bucket, { key, part: { number, size: piece.size }, uploadId });
  if (overQuota !== undefined) return overQuota;
  const { share, ...bytes } = piece;
  yield* share();
  const part = { number, ...bytes, modified_ms: nowMs, checksum, start: null, salt: null, shared: 1 };
  yield* storePart({ upload: uploadId, ...part });
  return 'stored';
}

type Piece = {
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  /** From now on another row names it too. */
  readonly share: () => Transaction<unknown>;
};

function* findPiece(source: ObjectRow, number: number | null): Transaction<Piece | undefined> {
  if (number === null) {
    const { data: blob, size, etag } = source;
    return { blob, size, etag, share: () => shareVersion(source) };
  }
  const part = yield* findObjectPart({ upload: source.data, number });
  if (part === undefined) return undefined;
  const { blob, size, etag } = part;
  return { blob, size, etag, share: () => shareParts([part]) };
}

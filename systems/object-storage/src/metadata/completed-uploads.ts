// Completing a multipart upload: its parts become an object, without a byte being moved.

import type { Transaction } from '@cairn/engines';
import type {
  CreateUploadRequest,
  ObjectAttributes,
  Retention,
  StorageClass,
  VersionPlacement,
} from '../core/object-storage.ts';
import type { ChangeOrigin } from '../events/event-record.ts';
import { checksumText } from './checksum-text.ts';
import { type CompletionFailure, completion, type RequestedPart } from './completion.ts';
import { findCurrent, intactObject } from './current-object.ts';
import { addGarbageBlobs, addGarbageParts } from './garbage.ts';
import { attributesWithRetention } from './object-lock.ts';
import {
  type Condition,
  moveToPlace,
  type NewObject,
  type StoredObject,
  type StoreFailure,
  storeCurrent,
} from './objects.ts';
import { forgetParts, writeParts } from './part-rows.ts';
import { placeInto } from './placed-versions.ts';
import type { Placed, PlacingFailure } from './placing.ts';
import { changeUsage, partsChange } from './quotas/metering.ts';
import { sealedPart } from './row-checksums.ts';
import { encryptionOf } from './stored-size.ts';
import type { MetadataTables } from './tables.ts';
import { findUpload, partsAfter, removeUpload, type UploadChecksum, type UploadName } from './uploads.ts';
import { selectVersionOfUpload } from './version-statements.ts';
import { intactVersion, type Occasion } from './versions.ts';

type PartRow = MetadataTables['part'];

export type CompleteUploadInput = UploadName &
  Occasion & {
    readonly parts: readonly RequestedPart[];
    readonly condition: Condition;
    /** Of an object whose upload named none. */
    readonly retention: Retention | undefined;
    readonly partBytesMin: number;
    /** The client named its key, and it was the upload's. */
    readonly keyShown: boolean;
    readonly origin: ChangeOrigin | undefined;
    /** Storage classes that have a place, which an object of that class is to be moved to. */
    readonly places: readonly StorageClass[];
    /** Of a version that another store has; it has neither condition nor retention then. */
    readonly placement?: VersionPlacement | undefined;
  };
/** What an upload's row keeps besides what its object will. */
type UploadAttributes = ObjectAttributes & Pick<CreateUploadRequest, 'asked'>;
export type CompletedUpload = { readonly object: NewObject; readonly stored: StoredObject | Placed };
export type CompleteUploadOutput =
  | CompletedUpload
  | 'NoSuchBucket'
  | 'NoSuchUpload'
  | 'CustomerKeyMissing'
  | CompletionFailure
  | StoreFailure
  | PlacingFailure;

/** Makes the object of an upload. Repeating it, with the same parts and while the object is there, changes nothing. */
export function* completeUpload(input: CompleteUploadInput): Transaction<CompleteUploadOutput> {
  const { uploadId, key } = input;
  const found = yield* findUpload(input);
  if (found === 'NoSuchUpload') return yield* alreadyCompleted(input);
  if (found === 'NoSuchBucket') return found;
  const parts = yield* partsAfter({ upload: uploadId, number: 0, limit: partNumberMax });
  const { checksum } = found.upload;
  // Amazon asks for the key again where there is a checksum to be made; older clients have none, and do not send it.
  if (checksum !== null && !input.keyShown && encryptionOf(found.upload.attributes)?.by === 'customer')
    return 'CustomerKeyMissing';
  const completed = completion({
    requested: input.parts,
    stored: parts,
    checksum: checksum === null ? undefined : (JSON.parse(checksum) as UploadChecksum),
    partBytesMin: input.partBytesMin,
  });
  if (typeof completed === 'string') return completed;
  const { storageClass, asked, ...others } = JSON.parse(found.upload.attributes) as UploadAttributes;
  const isPlain = storageClass === undefined && asked === undefined;
  const attributes = isPlain ? found.upload.attributes : JSON.stringify(others);
  const { placement } = input;
  const object: NewObject = {
    key,
    size: completed.sizeBytes,
    etag: placement?.etag ?? completed.etag,
    modified_ms: placement?.modifiedMs ?? input.nowMs,
    attributes: attributesWithRetention(attributes, input.retention),
    checksum: checksumText(placement?.checksum ?? completed.checksum, storageClass),
    data: uploadId,
    part_count: completed.parts.length,
  };
  const current = yield* findCurrent(input);
  if (current === undefined) return 'NoSuchBucket';
  const { condition, origin } = input;
  const gone = partsChange({ key, parts }, -1);
  const cause = { event: 'ObjectCreated:CompleteMultipartUpload', origin } as const;
  const { nowMs, random } = input;
  const place = { current: { ...current, key }, cause, leaving: [gone] };
  const stored =
    placement === undefined
      ? yield* storeCurrent(object, { ...place, condition, occasion: { nowMs, random } })
      : yield* placeInto(place.current, { ...place, version: object, placement, nowMs, random });
  if (typeof stored === 'string') return stored;
  if (isPlaced(stored)) yield* keepParts({ upload: uploadId, stored: parts, kept: completed.parts, nowMs });
  else yield* addGarbageParts({ upload: uploadId, sinceMs: nowMs });
  yield* removeUpload.run({ bucket: found.bucket, key, id: uploadId });
  if (current.bucket.metered !== null) yield* changeUsage(current.bucket, [gone]);
  if (isPlaced(stored) && storageClass !== undefined && input.places.includes(storageClass)) {
    const { version } = stored;
    yield* moveToPlace(object, { bucket: found.bucket, version, place: storageClass });
  }
  return { object, stored };
}

function isPlaced(stored: StoredObject | Placed): boolean {
  return !('outcome' in stored) || stored.outcome === 'placed';
}

const partNumberMax = 10_000;

/** Gives the parts of the object their place in it; the others become garbage. */
function* keepParts(options: {
  upload: string;
  stored: readonly PartRow[];
  kept: readonly { number: number; start: number }[];
  nowMs: number;
}): Transaction<void> {
  const starts = new Map(options.kept.map(({ number, start }) => [number, start]));
  const [kept, dropped]: [PartRow[], PartRow[]] = [[], []];
  for (const part of options.stored) (starts.has(part.number) ? kept : dropped).push(part);
  yield* addGarbageBlobs(dropped, options.nowMs);
  yield* forgetParts(
    options.upload,
    dropped.map(({ number }) => number),
  );
  yield* writeParts(kept.map((part) => sealedPart({ ...part, start: starts.get(part.number)! })));
}

/** The object may be a noncurrent version by now. An upload that never was has no parts. */
function* alreadyCompleted(input: CompleteUploadInput): Transaction<CompleteUploadOutput> {
  const { uploadId, key } = input;
  const current = yield* findCurrent(input);
  if (current === undefined) return 'NoSuchBucket';
  const parts = yield* partsAfter({ upload: uploadId, number: 0, limit: partNumberMax });
  if (parts.length === 0) return 'NoSuchUpload';
  const { bucket, object } = current;
  const version =
    object?.data === uploadId
      ? intactObject(object)
      : yield* selectVersionOfUpload.first({ bucket: bucket.id, key, data: uploadId, limit: 1 });
  if (version === undefined) return 'NoSuchUpload';
  const same =
    parts.length === input.parts.length &&
    parts.every(
      (part, index) => part.number === input.parts[index]?.number && part.etag === input.parts[index]?.etag,
    );
  if (!same) return 'InvalidPart';
  const { version: order, null_version, ...completed } = intactVersion(version);
  return {
    object: { ...completed, data: uploadId },
    stored: { version: order, null_version, versioning: bucket.versioning },
  };
}

// Gives a version another storage class, and, when its bytes were moved, other bytes that are the same. Neither its time of
// modification nor its place among the versions of its key change.

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import { movedPart } from '../../transition/moved-data.ts';
import { bucketById } from '../buckets.ts';
import { checksumFrom, checksumText, storageClassFrom } from '../checksum-text.ts';
import { addObjectEvent } from '../events/add-event.ts';
import { addGarbage } from '../garbage.ts';
import { writeParts } from '../part-rows.ts';
import { sealedPart, sealedVersion } from '../row-checksums.ts';
import { partBytes } from '../stored-size.ts';
import { statement } from '../tables.ts';
import { partsAfter } from '../uploads.ts';
import { type FoundVersion, findMoving, isAskedFor, type MovementRow, settleMovement } from './movements.ts';
import { removePlacedGarbage } from './placed-garbage.ts';
import { findRestored } from './restores.ts';

const parameters = {
  checksum: 'text?',
  data: 'text',
  shared: 'integer?',
  listed_crc: 'integer',
  row_crc: 'integer',
  bucket: 'integer',
  key: 'text',
  version: 'text',
} as const;
const setOfCurrent = statement(parameters, (db, { bucket, key, version, ...set }) =>
  db
    .updateTable('object')
    .set(set)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version', '=', version),
);
const setOfNoncurrent = statement(parameters, (db, { bucket, key, version, ...set }) =>
  db
    .updateTable('version')
    .set(set)
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .where('version', '=', version),
);

type Change = { readonly storageClass: StorageClass; readonly data: string; readonly nowMs: number };

/** Tells of it, when it is another class than before. */
export function* changeClass(row: FoundVersion, change: Change): Transaction<void> {
  const { bucket, key, version, isCurrent, ...content } = row;
  const checksum = checksumText(checksumFrom(row.checksum), change.storageClass);
  const { data } = change;
  // Bytes that were moved have no other row: who copies them reads them.
  const shared = data === row.data ? row.shared : null;
  const sealed = sealedVersion({ ...content, bucket, key, version, checksum, data, shared });
  const { listed_crc, row_crc } = sealed;
  const set = isCurrent ? setOfCurrent : setOfNoncurrent;
  yield* set.run({ checksum, data, shared, listed_crc, row_crc, bucket, key, version });
  if (storageClassFrom(row.checksum) === change.storageClass) return;
  const found = yield* bucketById({ bucket });
  if (found === undefined || found.notifies === null) return;
  const happened = { event: 'LifecycleTransition', atMs: change.nowMs, origin: undefined } as const;
  yield* addObjectEvent(found, row, happened);
}

export type AdoptInput = {
  readonly movement: MovementRow;
  /** Of the object as its bytes were read: what is appended to keeps `data`. */
  readonly etag: string;
  /** `data` of the version from now on: a moved blob that is durable at its place. */
  readonly data: string;
  readonly nowMs: number;
};

/**
 * Makes the blob at the place the version's, and its old bytes garbage. `changed`: the version is not what was moved, or the
 * blob was given up; then nothing happened, and the blob is garbage as it was.
 */
export function* adoptPlaced({
  movement,
  etag,
  data,
  nowMs,
}: AdoptInput): Transaction<'adopted' | 'changed'> {
  const row = yield* findMoving(movement);
  if (row === undefined || row.etag !== etag || !(yield* isAskedFor(movement))) return 'changed';
  // A copy that was asked for is found by the old bytes.
  if ((yield* findRestored({ source: row.data })) !== undefined) return 'changed';
  if ((yield* removePlacedGarbage.run({ id: data })) === 0) return 'changed';
  if (row.part_count !== null) yield* copyParts({ from: row.data, to: data });
  yield* changeClass(row, { storageClass: movement.storage_class, data, nowMs });
  yield* addGarbage({ object: row, sinceMs: nowMs });
  yield* settleMovement({ movement, dueMs: undefined });
  return 'adopted';
}

const partsAtOnce = 1_000;

/** What is known of the parts stays known: their numbers, sizes and checksums. Their bytes lie one after the other. */
function* copyParts({ from, to }: { from: string; to: string }): Transaction<void> {
  let position = 0;
  for (let number = 0; ; ) {
    const page = yield* partsAfter({ upload: from, number, limit: partsAtOnce });
    const moved = page.map((part) => {
      const blob = movedPart(position);
      position += partBytes(part);
      return sealedPart({ ...part, upload: to, blob, shared: null });
    });
    yield* writeParts(moved);
    if (page.length < partsAtOnce) return;
    number = page.at(-1)!.number;
  }
}

// Copies of archived objects that were asked for: of bytes at a place a blob of the data store, of bytes that have not left
// yet nothing but the permission to read them. A copy belongs to the bytes, and goes when they do.
//
//   asked for            ready 0                  due_ms: when the worker makes it, or tries again
//   there                ready 1, its blob        due_ms: until when it stays

import type { Transaction } from '@cairn/engines';
import type { StorageClass } from '../../core/object-storage.ts';
import type { EventName } from '../../events/event-names.ts';
import type { ChangeOrigin } from '../../events/event-record.ts';
import { afterDays, type Days } from '../../lifecycle/due.ts';
import { isMoved } from '../../transition/moved-data.ts';
import { bucketById } from '../buckets.ts';
import { addObjectEvent } from '../events/add-event.ts';
import { addGarbageBlob, forgetRestore } from '../garbage.ts';
import { damagedRow, isIntact, sealedRestored } from '../row-checksums.ts';
import { findMoving, type VersionPlace } from './movements.ts';
import {
  type RestoredRow,
  removeRestored,
  selectDueRestores,
  selectRestored,
  upsertRestored,
} from './restored-rows.ts';

/** Undefined when no copy was asked for. */
export function* findRestored({ source }: { source: string }): Transaction<RestoredRow | undefined> {
  const row = yield* selectRestored.first({ source });
  if (row === undefined || isIntact.restored(row)) return row;
  throw damagedRow(`restored copy of ${source}`);
}

export type RestoreInput = Days & {
  readonly bucket: number;
  readonly key: string;
  readonly version: string;
  /** The bytes of the version, as they were found. */
  readonly source: string;
  /** Whose worker is to make the copy. */
  readonly storageClass: StorageClass;
  readonly days: number;
  readonly nowMs: number;
  readonly origin: ChangeOrigin | undefined;
};
export type RestoreOutput = 'accepted' | 'extended' | 'RestoreAlreadyInProgress' | 'changed';

/** `extended`: the copy is there already, and stays until the new time. */
export function* requestRestore(input: RestoreInput): Transaction<RestoreOutput> {
  const { bucket, key, version, source, storageClass, days, nowMs, origin } = input;
  const row = { source, storage_class: storageClass, bucket, key, version, days };
  if ((yield* findMoving({ ...row, due_ms: 0 })) === undefined) return 'changed';
  const known = yield* findRestored({ source });
  if (known?.ready === 0) return 'RestoreAlreadyInProgress';
  const due_ms = afterDays(nowMs, days, input);
  if (known !== undefined) {
    yield* upsertRestored.run(sealedRestored({ ...known, days, due_ms }));
    return 'extended';
  }
  yield* tell(row, { event: 'ObjectRestore:Post', atMs: nowMs, origin });
  if (isMoved(source)) {
    yield* upsertRestored.run(sealedRestored({ ...row, ready: 0, blob: null, due_ms: nowMs }));
    return 'accepted';
  }
  yield* upsertRestored.run(sealedRestored({ ...row, ready: 1, blob: null, due_ms }));
  yield* tell(row, { event: 'ObjectRestore:Completed', atMs: nowMs, origin: undefined });
  return 'accepted';
}

/** What there is to do for a place: copies to be made, and copies whose time is over. */
export function* listRestores(input: {
  place: StorageClass;
  nowMs: number;
  limit: number;
}): Transaction<readonly (RestoredRow & { readonly intact: boolean })[]> {
  const { place: storage_class, nowMs: due_ms, limit } = input;
  const rows = yield* selectDueRestores.all({ storage_class, due_ms, limit });
  return rows.map((row) => ({ ...row, intact: isIntact.restored(row) }));
}

/** The copy is made. `gone`: what it was of is not there any more, and it is garbage. */
export function* finishRestore(
  input: Days & { source: string; blob: string; nowMs: number },
): Transaction<'restored' | 'gone'> {
  const { source, blob, nowMs } = input;
  const known = yield* findRestored({ source });
  if (known === undefined || known.ready === 1) {
    yield* addGarbageBlob({ blob, shared: null, sinceMs: nowMs });
    return 'gone';
  }
  const due_ms = afterDays(nowMs, known.days, input);
  yield* upsertRestored.run(sealedRestored({ ...known, ready: 1, blob, due_ms }));
  yield* tell(known, { event: 'ObjectRestore:Completed', atMs: nowMs, origin: undefined });
  return 'restored';
}

export function* postponeRestore(input: { source: string; dueMs: number }): Transaction<void> {
  const known = yield* findRestored(input);
  if (known?.ready !== 0) return;
  yield* upsertRestored.run(sealedRestored({ ...known, due_ms: input.dueMs }));
}

/** The version that it is of gets another name, or other `data`. */
export function* carryRestore({
  source,
  to,
  newSource = source,
}: {
  source: string;
  to: VersionPlace;
  newSource?: string;
}): Transaction<void> {
  const known = yield* findRestored({ source });
  if (known === undefined) return;
  const { bucket, key, version } = to;
  if (newSource !== source) yield* removeRestored.run({ source });
  yield* upsertRestored.run(sealedRestored({ ...known, source: newSource, bucket, key, version }));
}

/** Takes a request away whose version, `of`, is gone. One that was carried to another name meanwhile stays. */
export function* giveUpRestore(input: {
  source: string;
  of: VersionPlace;
  sinceMs: number;
}): Transaction<void> {
  const { source, of, sinceMs } = input;
  const known = yield* selectRestored.first({ source });
  if (known === undefined || !isIntact.restored(known) || !isOf(known, of)) return;
  if ((yield* findMoving({ ...known, due_ms: 0 })) === undefined) yield* forgetRestore({ source, sinceMs });
}

function isOf(row: RestoredRow, { bucket, key, version }: VersionPlace): boolean {
  return row.bucket === bucket && row.key === key && row.version === version;
}

/** Of a row that rotted nothing is believed: its blob is an orphan, which the next search finds. */
export function* dropRottenRestore(input: { source: string }): Transaction<void> {
  const row = yield* selectRestored.first(input);
  if (row !== undefined && !isIntact.restored(row)) yield* removeRestored.run(input);
}

/** Takes a copy away whose time is over. */
export function* expireRestore(input: { source: string; nowMs: number }): Transaction<void> {
  const { source, nowMs } = input;
  const known = yield* findRestored({ source });
  if (known?.ready !== 1 || known.due_ms > nowMs) return;
  yield* tell(known, { event: 'ObjectRestore:Delete', atMs: nowMs, origin: undefined });
  yield* forgetRestore({ source, sinceMs: nowMs });
}

/** Of a version that is not what it was any more nothing is told. */
function* tell(
  row: Omit<RestoredRow, 'ready' | 'blob' | 'due_ms'>,
  happened: { event: EventName; atMs: number; origin: ChangeOrigin | undefined },
): Transaction<void> {
  const bucket = yield* bucketById({ bucket: row.bucket });
  if (bucket === undefined || bucket.notifies === null) return;
  const version = yield* findMoving({ ...row, due_ms: 0 });
  if (version !== undefined) yield* addObjectEvent(bucket, version, happened);
}
